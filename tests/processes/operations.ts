import { graphql } from '../graphql/gql.ts'

export const MakeStream = graphql(`
  mutation ProcessesMakeStream($title: String!) {
    createStream(input: { title: $title }) {
      ... on CreateStreamPayload {
        stream {
          id
          internalName
        }
      }
      ... on Problem {
        message
      }
    }
  }
`)

export const Open = graphql(`
  mutation ProcessesOpen($title: String!) {
    openIncident(input: { title: $title, severity: HIGH }) {
      __typename
      ... on OpenIncidentPayload {
        incident {
          id
        }
      }
      ... on Problem {
        message
      }
    }
  }
`)

export const Change = graphql(`
  mutation ProcessesChange($id: ID!, $status: IncidentStatus!) {
    changeIncidentStatus(input: { id: $id, status: $status }) {
      __typename
      ... on Problem {
        message
      }
    }
  }
`)

export const Incidents = graphql(`
  query ProcessesIncidents {
    incidents(first: 5) {
      totalCount
      nodes {
        title
      }
    }
  }
`)

export const IncidentChanges = graphql(`
  subscription ProcessesIncidentChanges($after: String) {
    incidentChanged(after: $after) {
      __typename
      ... on IncidentChanged {
        cursor
        number
        version
        kind
      }
      ... on Resync {
        reason
      }
    }
  }
`)

export const StreamViewers = graphql(`
  subscription ProcessesViewers($id: ID!) {
    streamViewers(id: $id) {
      viewers
    }
  }
`)

export const Rows = graphql(`
  query ProcessesRows($name: String!) {
    streamByInternalName(internalName: $name) {
      viewers(range: { last: "PT1H" }, step: "PT5M") {
        samples
      }
    }
    logs(range: { last: "PT1H" }, first: 1) {
      totalCount
    }
  }
`)

export const IncidentNumbers = graphql(`
  subscription ProcessesIncidentNumbers($after: String) {
    incidentChanged(after: $after, withStart: true) {
      __typename
      ... on IncidentChanged {
        cursor
        number
      }
      ... on Resync {
        reason
        cursor
      }
    }
  }
`)
