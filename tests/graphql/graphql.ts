/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** The closed list of error codes; docs/errors.md says what to do about each. */
export type ErrorCode =
  /** As HTTP status: 400. */
  | 'BAD_REQUEST'
  /** As HTTP status: 409. */
  | 'CONFLICT'
  /** As HTTP status: 403. */
  | 'FORBIDDEN'
  /** As HTTP status: 500. */
  | 'INTERNAL'
  /** As HTTP status: 422. */
  | 'LIMIT_EXCEEDED'
  /** As HTTP status: 503. */
  | 'LOG_UNAVAILABLE'
  /** As HTTP status: 405. */
  | 'METHOD_NOT_ALLOWED'
  /** As HTTP status: 404. */
  | 'NOT_FOUND'
  /** As HTTP status: 413. */
  | 'PAYLOAD_TOO_LARGE'
  /** As HTTP status: 429. */
  | 'RATE_LIMITED'
  /** As HTTP status: 503. */
  | 'SHUTTING_DOWN'
  /** As HTTP status: 429. */
  | 'SLOW_CONSUMER'
  /** As HTTP status: 503. */
  | 'STORE_UNAVAILABLE'
  /** As HTTP status: 504. */
  | 'TIMED_OUT'
  /** As HTTP status: 401. */
  | 'UNAUTHENTICATED'
  /** As HTTP status: 415. */
  | 'UNSUPPORTED_MEDIA_TYPE'
  /** As HTTP status: 400. */
  | 'VALIDATION_FAILED';

/** What happened to an incident. */
export type IncidentEventKind =
  /** Somebody was made responsible. */
  | 'ASSIGNED'
  /** A note was added. */
  | 'NOTE_ADDED'
  /** Somebody was told. */
  | 'NOTIFIED'
  /** It began. */
  | 'OPENED'
  /** It was seen again while unfinished. */
  | 'REFIRED'
  /** Its severity was changed. */
  | 'SEVERITY_CHANGED'
  /** Its status was changed. */
  | 'STATUS_CHANGED';

/** How bad it is. */
export type IncidentSeverity =
  /** Now, and wake somebody. */
  | 'CRITICAL'
  /** Now. */
  | 'HIGH'
  /** Can wait. */
  | 'LOW'
  /** Within the working day. */
  | 'MEDIUM';

/** Where an incident is in its life. */
export type IncidentStatus =
  /** Resolved, and nothing is left to do. */
  | 'CLOSED'
  /** Somebody works on it. */
  | 'INVESTIGATING'
  /** Nobody has taken it yet. */
  | 'OPEN'
  /** What was wrong is right again. */
  | 'RESOLVED'
  /** Known and silenced. */
  | 'SUPPRESSED';

/** A new incident. */
export type OpenIncidentInput = {
  /** What is known about it. */
  description?: string | null | undefined;
  /** With that of an unfinished incident, that one is seen again instead. */
  fingerprint?: string | null | undefined;
  /** Names and values to sort it by: an object of texts. */
  labels?: unknown;
  /** How bad it is. */
  severity: IncidentSeverity;
  /** Who or what saw it; "manual" unless given. */
  source?: string | null | undefined;
  /** What is wrong, in a line of at most 300 characters. */
  title: string;
};

/** Why events may be missing. */
export type ResyncReason =
  /** The store of the tail lost data. */
  | 'LOST'
  /** You were away for longer than the tail reaches back. */
  | 'TRIMMED'
  /** An event is of a newer form than this server reads. */
  | 'UNREADABLE';

export type OpenIncidentForPageMutationVariables = Exact<{
  input: OpenIncidentInput;
}>;


export type OpenIncidentForPageMutation = { openIncident:
    | { __typename: 'ConflictError' }
    | { __typename: 'ForbiddenError' }
    | { __typename: 'Incident' }
    | { __typename: 'LimitError' }
    | { __typename: 'NotFoundError' }
    | { __typename: 'ValidationError' }
   };

export type MadeByScopeMutationVariables = Exact<{ [key: string]: never; }>;


export type MadeByScopeMutation = { createStream:
    | { __typename: 'ConflictError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'ForbiddenError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'LimitError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'StreamWithKey' }
    | { __typename: 'ValidationError', code: ErrorCode, message: string, path: Array<string> }
   };

export type OneNodeQueryVariables = Exact<{
  id: string | number;
}>;


export type OneNodeQuery = { node:
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
   | null };

export type ManyNodesQueryVariables = Exact<{
  ids: Array<string | number> | string | number;
}>;


export type ManyNodesQuery = { nodes: Array<
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
   | null> };

export type ProcessesMakeStreamMutationVariables = Exact<{
  title: string;
}>;


export type ProcessesMakeStreamMutation = { createStream:
    | { message: string }
    | { message: string }
    | { message: string }
    | { message: string }
    | { stream: { id: string, internalName: string } }
    | { message: string }
   };

export type ProcessesOpenMutationVariables = Exact<{
  title: string;
}>;


export type ProcessesOpenMutation = { openIncident:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'ForbiddenError', message: string }
    | { __typename: 'Incident', id: string }
    | { __typename: 'LimitError', message: string }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'ValidationError', message: string }
   };

export type ProcessesChangeMutationVariables = Exact<{
  id: string | number;
  status: IncidentStatus;
}>;


export type ProcessesChangeMutation = { changeIncidentStatus:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'ForbiddenError', message: string }
    | { __typename: 'Incident' }
    | { __typename: 'LimitError', message: string }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'ValidationError', message: string }
   };

export type ProcessesIncidentsQueryVariables = Exact<{ [key: string]: never; }>;


export type ProcessesIncidentsQuery = { incidents: { totalCount: number, nodes: Array<{ title: string }> } };

export type ProcessesIncidentChangesSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type ProcessesIncidentChangesSubscription = { incidentChanged:
    | { __typename: 'IncidentChanged', cursor: string, number: number, version: number, kind: IncidentEventKind }
    | { __typename: 'Resync', reason: ResyncReason }
   };

export type ProcessesMetricsSubscriptionVariables = Exact<{
  streamId: string | number;
}>;


export type ProcessesMetricsSubscription = { viewerMetrics: { viewers: number } };

export type ProcessesRowsQueryVariables = Exact<{
  name: string;
}>;


export type ProcessesRowsQuery = { streamByInternalName: { viewers: { samples: number } | null } | null, logs: { totalCount: number } | null };

export type ViewerMetricsSubscriptionVariables = Exact<{
  streamId: string | number;
}>;


export type ViewerMetricsSubscription = { viewerMetrics: { viewers: number, byCountry: Array<{ key: string, viewers: number }> } };

export type ViewersNowQueryVariables = Exact<{
  name: string;
}>;


export type ViewersNowQuery = { analytics: { viewersNow: { total: number, groups: Array<{ key: string, viewers: number }> } | null }, streamByInternalName: { viewersNow: number | null, viewers: { peak: number, average: number, samples: number, countries: Array<{ countryCode: string, peak: number }> | null } | null } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const OpenIncidentForPageDocument = new TypedDocumentString(`
    mutation OpenIncidentForPage($input: OpenIncidentInput!) {
  openIncident(input: $input) {
    __typename
  }
}
    `) as unknown as TypedDocumentString<OpenIncidentForPageMutation, OpenIncidentForPageMutationVariables>;
export const MadeByScopeDocument = new TypedDocumentString(`
    mutation MadeByScope {
  createStream(input: {title: "A stream"}) {
    __typename
    ... on Problem {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<MadeByScopeMutation, MadeByScopeMutationVariables>;
export const OneNodeDocument = new TypedDocumentString(`
    query OneNode($id: ID!) {
  node(id: $id) {
    id
  }
}
    `) as unknown as TypedDocumentString<OneNodeQuery, OneNodeQueryVariables>;
export const ManyNodesDocument = new TypedDocumentString(`
    query ManyNodes($ids: [ID!]!) {
  nodes(ids: $ids) {
    id
  }
}
    `) as unknown as TypedDocumentString<ManyNodesQuery, ManyNodesQueryVariables>;
export const ProcessesMakeStreamDocument = new TypedDocumentString(`
    mutation ProcessesMakeStream($title: String!) {
  createStream(input: {title: $title}) {
    ... on StreamWithKey {
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
    `) as unknown as TypedDocumentString<ProcessesMakeStreamMutation, ProcessesMakeStreamMutationVariables>;
export const ProcessesOpenDocument = new TypedDocumentString(`
    mutation ProcessesOpen($title: String!) {
  openIncident(input: {title: $title, severity: HIGH}) {
    __typename
    ... on Incident {
      id
    }
    ... on Problem {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ProcessesOpenMutation, ProcessesOpenMutationVariables>;
export const ProcessesChangeDocument = new TypedDocumentString(`
    mutation ProcessesChange($id: ID!, $status: IncidentStatus!) {
  changeIncidentStatus(input: {id: $id, status: $status}) {
    __typename
    ... on Problem {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ProcessesChangeMutation, ProcessesChangeMutationVariables>;
export const ProcessesIncidentsDocument = new TypedDocumentString(`
    query ProcessesIncidents {
  incidents(first: 5) {
    totalCount
    nodes {
      title
    }
  }
}
    `) as unknown as TypedDocumentString<ProcessesIncidentsQuery, ProcessesIncidentsQueryVariables>;
export const ProcessesIncidentChangesDocument = new TypedDocumentString(`
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
    `) as unknown as TypedDocumentString<ProcessesIncidentChangesSubscription, ProcessesIncidentChangesSubscriptionVariables>;
export const ProcessesMetricsDocument = new TypedDocumentString(`
    subscription ProcessesMetrics($streamId: ID!) {
  viewerMetrics(streamId: $streamId) {
    viewers
  }
}
    `) as unknown as TypedDocumentString<ProcessesMetricsSubscription, ProcessesMetricsSubscriptionVariables>;
export const ProcessesRowsDocument = new TypedDocumentString(`
    query ProcessesRows($name: String!) {
  streamByInternalName(internalName: $name) {
    viewers(range: {last: "PT1H"}, step: "PT5M") {
      samples
    }
  }
  logs(range: {last: "PT1H"}, first: 1) {
    totalCount
  }
}
    `) as unknown as TypedDocumentString<ProcessesRowsQuery, ProcessesRowsQueryVariables>;
export const ViewerMetricsDocument = new TypedDocumentString(`
    subscription ViewerMetrics($streamId: ID!) {
  viewerMetrics(streamId: $streamId) {
    viewers
    byCountry {
      key
      viewers
    }
  }
}
    `) as unknown as TypedDocumentString<ViewerMetricsSubscription, ViewerMetricsSubscriptionVariables>;
export const ViewersNowDocument = new TypedDocumentString(`
    query ViewersNow($name: String!) {
  analytics {
    viewersNow(by: STREAM) {
      total
      groups {
        key
        viewers
      }
    }
  }
  streamByInternalName(internalName: $name) {
    viewersNow
    viewers(range: {last: "PT1H"}, step: "PT5M") {
      peak
      average
      samples
      countries {
        countryCode
        peak
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ViewersNowQuery, ViewersNowQueryVariables>;