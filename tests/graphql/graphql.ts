/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** A note on an incident. */
export type AddIncidentNoteInput = {
  /** Which incident. */
  id: string | number;
  /** What to write; at most 20,000 characters. */
  note: string;
};

/** A step in the life of an incident. */
export type ChangeIncidentStatusInput = {
  /** Refuse if the incident has changed since this version. */
  expectedVersion?: number | null | undefined;
  /** Which incident. */
  id: string | number;
  /** Why; stands in the timeline. */
  note?: string | null | undefined;
  /** Where it goes. */
  status: IncidentStatus;
};

/** Conditions on an instant. All given operators must hold. */
export type DateTimeFilter = {
  /** After this instant. */
  gt?: string | null | undefined;
  /** At or after this instant. */
  gte?: string | null | undefined;
  /** Before this instant. */
  lt?: string | null | undefined;
  /** At or before this instant. */
  lte?: string | null | undefined;
};

/** Error codes: a closed list. */
export type ErrorCode =
  /** As HTTP status: 400. */
  | 'BAD_REQUEST'
  /** As HTTP status: 409. */
  | 'CONFLICT'
  /** As HTTP status: 403. */
  | 'FORBIDDEN'
  /** As HTTP status: 403. */
  | 'FOREIGN_ORIGIN'
  /** As HTTP status: 500. */
  | 'INTERNAL'
  /** As HTTP status: 400. */
  | 'INTROSPECTION_DISABLED'
  /** As HTTP status: 422. */
  | 'LIMIT_EXCEEDED'
  /** As HTTP status: 400. */
  | 'LITERAL_TOO_LARGE'
  /** As HTTP status: 503. */
  | 'LOG_UNAVAILABLE'
  /** As HTTP status: 405. */
  | 'METHOD_NOT_ALLOWED'
  /** As HTTP status: 404. */
  | 'NOT_FOUND'
  /** As HTTP status: 413. */
  | 'PAYLOAD_TOO_LARGE'
  /** As HTTP status: 503. */
  | 'PROVIDER_UNAVAILABLE'
  /** As HTTP status: 400. */
  | 'QUERY_TOO_COSTLY'
  /** As HTTP status: 400. */
  | 'QUERY_TOO_DEEP'
  /** As HTTP status: 400. */
  | 'QUERY_TOO_LARGE'
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
  /** As HTTP status: 400. */
  | 'TOO_MANY_ALIASES'
  /** As HTTP status: 400. */
  | 'TOO_MANY_DIRECTIVES'
  /** As HTTP status: 400. */
  | 'TOO_MANY_FIELDS'
  /** As HTTP status: 400. */
  | 'TOO_MANY_ROOT_FIELDS'
  /** As HTTP status: 400. */
  | 'TOO_MANY_VARIABLES'
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

/** Conditions on incidents. All given conditions must hold; an empty object is no condition. */
export type IncidentFilter = {
  /** All of these hold. */
  and?: Array<IncidentFilter> | null | undefined;
  /** Fingerprint. */
  fingerprint?: StringFilter | null | undefined;
  /** Time of the first occurrence. */
  firstSeenAt?: DateTimeFilter | null | undefined;
  /** Time of the latest occurrence. */
  lastSeenAt?: DateTimeFilter | null | undefined;
  /** This does not hold. */
  not?: IncidentFilter | null | undefined;
  /** Number in the tenant. */
  number?: IntFilter | null | undefined;
  /** At least one of these holds. */
  or?: Array<IncidentFilter> | null | undefined;
  /** Severity. */
  severity?: IncidentSeverityFilter | null | undefined;
  /** Source. */
  source?: StringFilter | null | undefined;
  /** Status. */
  status?: IncidentStatusFilter | null | undefined;
  /** Title. */
  title?: StringFilter | null | undefined;
};

/** An order of incidents. */
export type IncidentOrder = {
  /** Which end comes first. */
  direction: OrderDirection;
  /** What to order by. */
  field: IncidentOrderField;
};

/** Orders of incidents. */
export type IncidentOrderField =
  /** Time of the first occurrence. */
  | 'FIRST_SEEN_AT'
  /** Time of the latest occurrence. */
  | 'LAST_SEEN_AT'
  /** Number in the tenant: the order of creation. */
  | 'NUMBER'
  /** Severity; DESC is worst first. */
  | 'SEVERITY';

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

/** Conditions on a value of IncidentSeverity. All given operators must hold. */
export type IncidentSeverityFilter = {
  /** Equal to this value. */
  eq?: IncidentSeverity | null | undefined;
  /** Equal to one of these values. */
  in?: Array<IncidentSeverity> | null | undefined;
};

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

/** Conditions on a value of IncidentStatus. All given operators must hold. */
export type IncidentStatusFilter = {
  /** Equal to this value. */
  eq?: IncidentStatus | null | undefined;
  /** Equal to one of these values. */
  in?: Array<IncidentStatus> | null | undefined;
};

/** Conditions on a number. All given operators must hold. */
export type IntFilter = {
  /** Equal to this number. */
  eq?: number | null | undefined;
  /** Greater than this number. */
  gt?: number | null | undefined;
  /** Greater than or equal to this number. */
  gte?: number | null | undefined;
  /** Equal to one of these numbers (at most 100). */
  in?: Array<number> | null | undefined;
  /** Less than this number. */
  lt?: number | null | undefined;
  /** Less than or equal to this number. */
  lte?: number | null | undefined;
};

/** Conditions on log lines. All given conditions must hold; an empty object is no condition. */
export type LogFilter = {
  /** All of these hold. */
  and?: Array<LogFilter> | null | undefined;
  /** Host that wrote the line. */
  host?: StringFilter | null | undefined;
  /** Level. */
  level?: LogLevelFilter | null | undefined;
  /** Text of the line. */
  message?: StringFilter | null | undefined;
  /** This does not hold. */
  not?: LogFilter | null | undefined;
  /** At least one of these holds. */
  or?: Array<LogFilter> | null | undefined;
  /** Service that wrote the line. */
  service?: StringFilter | null | undefined;
  /** Trace that the line belongs to. */
  traceId?: StringFilter | null | undefined;
};

/** Severity of a log line, least severe first. */
export type LogLevel =
  /** Details for somebody who looks for a fault. */
  | 'DEBUG'
  /** A failure that needs attention. */
  | 'ERROR'
  /** A failure that ended the service. */
  | 'FATAL'
  /** A usual event. */
  | 'INFO'
  /** Step by step, for the developers of the service. */
  | 'TRACE'
  /** Something unusual that the service coped with. */
  | 'WARN';

/** Conditions on a value of LogLevel. All given operators must hold. */
export type LogLevelFilter = {
  /** Equal to this value. */
  eq?: LogLevel | null | undefined;
  /** Equal to one of these values. */
  in?: Array<LogLevel> | null | undefined;
};

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

/** Which end of an order comes first. */
export type OrderDirection =
  /** Smallest or oldest first. */
  | 'ASC'
  /** Largest or newest first. */
  | 'DESC';

/** Reasons why events may be missing. */
export type ResyncReason =
  /** The store of the events lost data. */
  | 'LOST'
  /** The subscriber was away for longer than events are kept. */
  | 'TRIMMED'
  /** An event is of a newer form than this server reads. */
  | 'UNREADABLE';

/** Conditions on streams. All given conditions must hold; an empty object is no condition. */
export type StreamFilter = {
  /** All of these hold. */
  and?: Array<StreamFilter> | null | undefined;
  /** Creation time. */
  createdAt?: DateTimeFilter | null | undefined;
  /** Internal name. */
  internalName?: StringFilter | null | undefined;
  /** This does not hold. */
  not?: StreamFilter | null | undefined;
  /** At least one of these holds. */
  or?: Array<StreamFilter> | null | undefined;
  /** Start of the latest broadcast. */
  startedAt?: DateTimeFilter | null | undefined;
  /** Broadcast state. */
  status?: StreamStatusFilter | null | undefined;
  /** Title. */
  title?: StringFilter | null | undefined;
};

/** An order of streams. */
export type StreamOrder = {
  /** Which end comes first. */
  direction: OrderDirection;
  /** What to order by. */
  field: StreamOrderField;
};

/** Orders of streams. */
export type StreamOrderField =
  /** Creation time. */
  | 'CREATED_AT'
  /** Internal name. */
  | 'INTERNAL_NAME'
  /** Start of the latest broadcast. */
  | 'STARTED_AT'
  /** Title. */
  | 'TITLE';

/** Broadcast state of a stream. */
export type StreamStatus =
  /** Ended for good. */
  | 'ENDED'
  /** On the air. */
  | 'LIVE'
  /** Not on the air. */
  | 'OFFLINE';

/** Conditions on a value of StreamStatus. All given operators must hold. */
export type StreamStatusFilter = {
  /** Equal to this value. */
  eq?: StreamStatus | null | undefined;
  /** Equal to one of these values. */
  in?: Array<StreamStatus> | null | undefined;
};

/** Conditions on a text. All given operators must hold. */
export type StringFilter = {
  /** Contains this text, in any case. */
  contains?: string | null | undefined;
  /** Equal to this text, in the same case. */
  eq?: string | null | undefined;
  /** Equal to one of these texts (at most 100). */
  in?: Array<string> | null | undefined;
  /** Starts with this text, in any case. */
  startsWith?: string | null | undefined;
};

/** A window of at most 90 days: `from` to `to`, or the `last` duration up to `to` (default: the last 24 hours). */
export type TimeRangeInput = {
  /** Start of the window, inclusive. */
  from?: string | null | undefined;
  /** Length of the window back from `to`, in place of `from`. */
  last?: string | null | undefined;
  /** End of the window, exclusive (default: now). */
  to?: string | null | undefined;
};

/** What viewers can be grouped by. */
export type ViewersBy =
  /** Connection type, such as hls or webrtc. */
  | 'CONNECTION_TYPE'
  /** Country, as ISO 3166-1 alpha-2. */
  | 'COUNTRY'
  /** Edge node that serves the viewers. */
  | 'EDGE_NODE'
  /** Stream, by its internal name. */
  | 'STREAM';

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

export type ViewersNowByQueryVariables = Exact<{
  by: ViewersBy;
  first?: number;
}>;


export type ViewersNowByQuery = { analytics: { viewersNow: { total: string, groups: Array<{ key: string, viewers: string, stream: { title: string } | null, edgeNode: { name: string } | null }> } | null } | null };

export type StreamSeriesQueryVariables = Exact<{
  name: string;
  range?: TimeRangeInput | null | undefined;
  step?: string | null | undefined;
  timezone?: string | null | undefined;
}>;


export type StreamSeriesQuery = { streamByInternalName: { viewers: { from: string, to: string, step: string, timezone: string, peak: string | null, samples: string, points: Array<{ time: string, average: number | null, peak: string | null, samples: string }> } | null } | null };

export type PageWithViewersQueryVariables = Exact<{ [key: string]: never; }>;


export type PageWithViewersQuery = { streams: { nodes: Array<{ internalName: string, viewers: { peak: string | null } | null }> } | null };

export type MadeByScopeMutationVariables = Exact<{ [key: string]: never; }>;


export type MadeByScopeMutation = { createStream:
    | { __typename: 'ConflictError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'CreateStreamPayload' }
    | { __typename: 'ForbiddenError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'LimitError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'ValidationError', code: ErrorCode, message: string, path: Array<string> }
   | null };

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
    | { id: string }
    | { id: string }
   | null> };

export type IncidentPageQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: IncidentFilter | null | undefined;
  orderBy?: IncidentOrder | null | undefined;
}>;


export type IncidentPageQuery = { incidents: { totalCount: number | null, nodes: Array<{ id: string, number: number, title: string, severity: IncidentSeverity, firstSeenAt: string, lastSeenAt: string }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null };

export type OpenedMutationVariables = Exact<{
  input: OpenIncidentInput;
}>;


export type OpenedMutation = { openIncident:
    | { __typename: 'ConflictError', code: ErrorCode, path: Array<string> }
    | { __typename: 'ForbiddenError', code: ErrorCode, path: Array<string> }
    | { __typename: 'Incident', id: string, number: number, occurrences: number, version: number, status: IncidentStatus }
    | { __typename: 'LimitError', code: ErrorCode, path: Array<string> }
    | { __typename: 'NotFoundError', code: ErrorCode, path: Array<string> }
    | { __typename: 'ValidationError', code: ErrorCode, path: Array<string> }
   };

export type MovedMutationVariables = Exact<{
  input: ChangeIncidentStatusInput;
}>;


export type MovedMutation = { changeIncidentStatus:
    | { __typename: 'ConflictError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'ForbiddenError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'Incident', id: string, status: IncidentStatus, version: number, resolvedAt: string | null, acknowledgedAt: string | null }
    | { __typename: 'LimitError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'ValidationError', code: ErrorCode, message: string, path: Array<string> }
   };

export type NotedMutationVariables = Exact<{
  input: AddIncidentNoteInput;
}>;


export type NotedMutation = { addIncidentNote:
    | { __typename: 'ConflictError', code: ErrorCode, path: Array<string> }
    | { __typename: 'ForbiddenError', code: ErrorCode, path: Array<string> }
    | { __typename: 'Incident', version: number }
    | { __typename: 'LimitError', code: ErrorCode, path: Array<string> }
    | { __typename: 'NotFoundError', code: ErrorCode, path: Array<string> }
    | { __typename: 'ValidationError', code: ErrorCode, path: Array<string> }
   };

export type TimelineQueryVariables = Exact<{
  id: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
}>;


export type TimelineQuery = { node:
    | { version: number, status: IncidentStatus, occurrences: number, events: { nodes: Array<{ kind: IncidentEventKind, version: number, before: string | null, after: string | null, note: string | null, actor: string }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } }
    | Record<PropertyKey, never>
   | null };

export type LogLinesQueryVariables = Exact<{
  filter?: LogFilter | null | undefined;
  range?: TimeRangeInput | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type LogLinesQuery = { logs: { totalCount: string | null, edges: Array<{ cursor: string, node: { eventId: string, time: string, message: string, level: LogLevel, attributes: Array<{ name: string, value: string }> } }>, pageInfo: { startCursor: string | null, endCursor: string | null, hasNextPage: boolean, hasPreviousPage: boolean } } | null };

export type LevelsQueryVariables = Exact<{
  filter?: LogFilter | null | undefined;
}>;


export type LevelsQuery = { analytics: { logLevels: { from: string, to: string, step: string, timezone: string, levels: Array<{ level: LogLevel, count: string, points: Array<{ count: string }> }> } | null } | null };

export type StreamPageQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  filter?: StreamFilter | null | undefined;
  orderBy?: StreamOrder | null | undefined;
}>;


export type StreamPageQuery = { streams: { edges: Array<{ cursor: string, node: { id: string, title: string, internalName: string, createdAt: string } }>, nodes: Array<{ id: string }>, pageInfo: { startCursor: string | null, endCursor: string | null, hasNextPage: boolean, hasPreviousPage: boolean } } | null };

export type StreamCountQueryVariables = Exact<{
  filter?: StreamFilter | null | undefined;
}>;


export type StreamCountQuery = { streams: { totalCount: number | null, nodes: Array<{ id: string }> } | null };

export type ResumedSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type ResumedSubscription = { incidentChanged:
    | { __typename: 'IncidentChanged', cursor: string, number: number }
    | { __typename: 'Resync', reason: ResyncReason }
   | null };

export type SliceViewersSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type SliceViewersSubscription = { streamViewers: { viewers: string, byCountry: Array<{ key: string, viewers: string }> } | null };

export type ViewersNowQueryVariables = Exact<{
  name: string;
}>;


export type ViewersNowQuery = { analytics: { viewersNow: { total: string, groups: Array<{ key: string, viewers: string, stream: { id: string } | null }> } | null } | null, streamByInternalName: { viewersNow: string | null, viewers: { peak: string | null, average: number | null, samples: string, countries: Array<{ countryCode: string, peak: string }> | null } | null } | null };

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
export const ViewersNowByDocument = new TypedDocumentString(`
    query ViewersNowBy($by: ViewersBy!, $first: Int! = 100) {
  analytics {
    viewersNow(by: $by, first: $first) {
      total
      groups {
        key
        viewers
        stream {
          title
        }
        edgeNode {
          name
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ViewersNowByQuery, ViewersNowByQueryVariables>;
export const StreamSeriesDocument = new TypedDocumentString(`
    query StreamSeries($name: String!, $range: TimeRangeInput, $step: Duration, $timezone: String) {
  streamByInternalName(internalName: $name) {
    viewers(range: $range, step: $step, timezone: $timezone) {
      from
      to
      step
      timezone
      peak
      samples
      points {
        time
        average
        peak
        samples
      }
    }
  }
}
    `) as unknown as TypedDocumentString<StreamSeriesQuery, StreamSeriesQueryVariables>;
export const PageWithViewersDocument = new TypedDocumentString(`
    query PageWithViewers {
  streams(first: 20) {
    nodes {
      internalName
      viewers(range: {last: "PT1H"}, step: "PT5M") {
        peak
      }
    }
  }
}
    `) as unknown as TypedDocumentString<PageWithViewersQuery, PageWithViewersQueryVariables>;
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
export const IncidentPageDocument = new TypedDocumentString(`
    query IncidentPage($first: Int, $after: String, $filter: IncidentFilter, $orderBy: IncidentOrder) {
  incidents(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    totalCount
    nodes {
      id
      number
      title
      severity
      firstSeenAt
      lastSeenAt
    }
    pageInfo {
      endCursor
      hasNextPage
    }
  }
}
    `) as unknown as TypedDocumentString<IncidentPageQuery, IncidentPageQueryVariables>;
export const OpenedDocument = new TypedDocumentString(`
    mutation Opened($input: OpenIncidentInput!) {
  openIncident(input: $input) {
    __typename
    ... on Incident {
      id
      number
      occurrences
      version
      status
    }
    ... on Problem {
      code
      path
    }
  }
}
    `) as unknown as TypedDocumentString<OpenedMutation, OpenedMutationVariables>;
export const MovedDocument = new TypedDocumentString(`
    mutation Moved($input: ChangeIncidentStatusInput!) {
  changeIncidentStatus(input: $input) {
    __typename
    ... on Incident {
      id
      status
      version
      resolvedAt
      acknowledgedAt
    }
    ... on Problem {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<MovedMutation, MovedMutationVariables>;
export const NotedDocument = new TypedDocumentString(`
    mutation Noted($input: AddIncidentNoteInput!) {
  addIncidentNote(input: $input) {
    __typename
    ... on Incident {
      version
    }
    ... on Problem {
      code
      path
    }
  }
}
    `) as unknown as TypedDocumentString<NotedMutation, NotedMutationVariables>;
export const TimelineDocument = new TypedDocumentString(`
    query Timeline($id: ID!, $first: Int, $after: String, $last: Int) {
  node(id: $id) {
    ... on Incident {
      version
      status
      occurrences
      events(first: $first, after: $after, last: $last) {
        nodes {
          kind
          version
          before
          after
          note
          actor
        }
        pageInfo {
          endCursor
          hasNextPage
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<TimelineQuery, TimelineQueryVariables>;
export const LogLinesDocument = new TypedDocumentString(`
    query LogLines($filter: LogFilter, $range: TimeRangeInput, $first: Int, $after: String, $last: Int, $before: String) {
  logs(
    filter: $filter
    range: $range
    first: $first
    after: $after
    last: $last
    before: $before
  ) {
    totalCount
    edges {
      cursor
      node {
        eventId
        time
        message
        level
        attributes {
          name
          value
        }
      }
    }
    pageInfo {
      startCursor
      endCursor
      hasNextPage
      hasPreviousPage
    }
  }
}
    `) as unknown as TypedDocumentString<LogLinesQuery, LogLinesQueryVariables>;
export const LevelsDocument = new TypedDocumentString(`
    query Levels($filter: LogFilter) {
  analytics {
    logLevels(range: {last: "PT1H"}, step: "PT5M", filter: $filter) {
      from
      to
      step
      timezone
      levels {
        level
        count
        points {
          count
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<LevelsQuery, LevelsQueryVariables>;
export const StreamPageDocument = new TypedDocumentString(`
    query StreamPage($first: Int, $after: String, $last: Int, $before: String, $filter: StreamFilter, $orderBy: StreamOrder) {
  streams(
    first: $first
    after: $after
    last: $last
    before: $before
    filter: $filter
    orderBy: $orderBy
  ) {
    edges {
      cursor
      node {
        id
        title
        internalName
        createdAt
      }
    }
    nodes {
      id
    }
    pageInfo {
      startCursor
      endCursor
      hasNextPage
      hasPreviousPage
    }
  }
}
    `) as unknown as TypedDocumentString<StreamPageQuery, StreamPageQueryVariables>;
export const StreamCountDocument = new TypedDocumentString(`
    query StreamCount($filter: StreamFilter) {
  streams(first: 0, filter: $filter) {
    totalCount
    nodes {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<StreamCountQuery, StreamCountQueryVariables>;
export const ResumedDocument = new TypedDocumentString(`
    subscription Resumed($after: String) {
  incidentChanged(after: $after) {
    __typename
    ... on IncidentChanged {
      cursor
      number
    }
    ... on Resync {
      reason
    }
  }
}
    `) as unknown as TypedDocumentString<ResumedSubscription, ResumedSubscriptionVariables>;
export const SliceViewersDocument = new TypedDocumentString(`
    subscription SliceViewers($id: ID!) {
  streamViewers(id: $id) {
    viewers
    byCountry {
      key
      viewers
    }
  }
}
    `) as unknown as TypedDocumentString<SliceViewersSubscription, SliceViewersSubscriptionVariables>;
export const ViewersNowDocument = new TypedDocumentString(`
    query ViewersNow($name: String!) {
  analytics {
    viewersNow(by: STREAM) {
      total
      groups {
        key
        viewers
        stream {
          id
        }
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