/** What the tabs of GraphiQL hold at first. Each runs as it is; the first line says what it shows. */
export const examples: readonly string[] = [
  `# Who you are: your tenant, your key or your account, and what it may do.
query WhoAmI {
  viewer {
    tenant {
      name
      slug
      plan
    }
    apiKey {
      name
      prefix
      createdAt
    }
    user {
      name
      email
    }
    role
    scopes
  }
}
`,
  `# Who watches right now, counted three ways.
# All totals are the same viewers.
query ViewersNow {
  analytics {
    byStream: viewersNow(by: STREAM, first: 5) {
      total
      groups {
        key
        viewers
      }
    }
    byCountry: viewersNow(by: COUNTRY, first: 5) {
      groups {
        key
        viewers
      }
    }
    byEdgeNode: viewersNow(by: EDGE_NODE, first: 5) {
      groups {
        key
        viewers
      }
    }
  }
}
`,
  `# One stream over the last six hours:
# a point for every 15 minutes, and its countries.
query ViewersOverTime {
  streams(
    first: 1
    filter: { status: { eq: LIVE } }
    orderBy: { field: CREATED_AT, direction: ASC }
  ) {
    nodes {
      title
      viewersNow
      viewers(range: { last: "PT6H" }, step: "PT15M") {
        peak
        average
        minutes
        viewerMinutes
        points {
          time
          average
          peak
          samples
        }
        countries {
          countryCode
          average
          peak
        }
      }
    }
  }
}
`,
  `# Who watches any of your streams, pushed whenever
# it changes. The stop button ends it.
subscription LiveViewers {
  tenantViewers(maxPerSecond: 2) {
    at
    viewers
    streams
    top {
      internalName
      viewers
    }
  }
}
`,
  `# Every change of an incident, once and in order.
# It waits until the next one happens.
# Keep the last cursor to go on from there:
# incidentChanged(after: "…")
subscription LiveIncidents {
  incidentChanged {
    ... on IncidentChanged {
      cursor
      at
      kind
      number
      title
      severity
      status
      before
      after
      actor
    }
    # You were away for too long: load the state again
    # with a query, then go on from this cursor.
    ... on Resync {
      reason
      cursor
    }
  }
}
`,
  `# What is wrong now, worst first,
# with the latest lines of each timeline.
query WorstIncidents {
  incidents(
    first: 10
    filter: { status: { in: [OPEN, INVESTIGATING] } }
    orderBy: { field: SEVERITY, direction: DESC }
  ) {
    totalCount
    nodes {
      number
      title
      severity
      status
      occurrences
      firstSeenAt
      events(last: 3) {
        nodes {
          createdAt
          kind
          actor
          note
        }
      }
    }
  }
}
`,
  `# Errors of the last hour, newest first,
# and how many lines of each level there were.
query ErrorLogs {
  logs(first: 20, range: { last: "PT1H" }, filter: { level: { in: [ERROR, FATAL] } }) {
    nodes {
      time
      level
      service
      host
      message
      attributes {
        name
        value
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
  analytics {
    logLevels(range: { last: "PT1H" }, step: "PT5M") {
      levels {
        level
        count
      }
    }
  }
}
`,
]
