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

/** A condition on a text that is searched. */
export type ContainsFilter = {
  /** Has this text anywhere in it, in any case. */
  contains: string;
};

/** A new stream. */
export type CreateStreamInput = {
  /** What it is about. */
  description?: string | null | undefined;
  /** The name that analytics rows carry; made for you unless given. */
  internalName?: string | null | undefined;
  /** Whether anybody may watch; false unless given. */
  isPublic?: boolean | null | undefined;
  /** Most viewers at once; no limit unless given. */
  maxViewers?: number | null | undefined;
  /** Title for people; 1 to 200 characters. */
  title: string;
};

/** Conditions on an instant. Those given must all hold. */
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

/** The closed list of error codes; docs/errors.md says what to do about each. */
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

/** A condition on a text that is only looked up whole. */
export type ExactFilter = {
  /** Is exactly this text. */
  eq: string;
};

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

/** Conditions on incidents. Those given must all hold. */
export type IncidentFilter = {
  /** All of these hold. */
  and?: Array<IncidentFilter> | null | undefined;
  /** Its fingerprint. */
  fingerprint?: StringFilter | null | undefined;
  /** When it was seen first. */
  firstSeenAt?: DateTimeFilter | null | undefined;
  /** When it was seen last. */
  lastSeenAt?: DateTimeFilter | null | undefined;
  /** This does not hold. */
  not?: IncidentFilter | null | undefined;
  /** One of these holds. */
  or?: Array<IncidentFilter> | null | undefined;
  /** Its severity. */
  severity?: IncidentSeverityFilter | null | undefined;
  /** Who or what saw it. */
  source?: StringFilter | null | undefined;
  /** Its status. */
  status?: IncidentStatusFilter | null | undefined;
  /** Its title. */
  title?: StringFilter | null | undefined;
};

/** An order of incidents. */
export type IncidentOrder = {
  /** Which end comes first. */
  direction: OrderDirection;
  /** What to order by. */
  field: IncidentOrderField;
};

/** What incidents can be ordered by. */
export type IncidentOrderField =
  /** When they were seen first. */
  | 'FIRST_SEEN_AT'
  /** When they were seen last. */
  | 'LAST_SEEN_AT'
  /** The order in which they were recorded. */
  | 'NUMBER'
  /** How bad they are: DESC is worst first. */
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

/** Conditions on a severity. */
export type IncidentSeverityFilter = {
  /** Is this one. */
  eq?: IncidentSeverity | null | undefined;
  /** Is one of these. */
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

/** Conditions on a status. */
export type IncidentStatusFilter = {
  /** Is this one. */
  eq?: IncidentStatus | null | undefined;
  /** Is one of these. */
  in?: Array<IncidentStatus> | null | undefined;
};

/** Conditions on log lines. Those given must all hold. */
export type LogFilter = {
  /** The host that wrote it. */
  host?: ExactFilter | null | undefined;
  /** Its level. */
  level?: LogLevelFilter | null | undefined;
  /** Its text. */
  message?: ContainsFilter | null | undefined;
  /** The service that wrote it. */
  service?: ExactFilter | null | undefined;
  /** The trace that it belongs to. */
  traceId?: ExactFilter | null | undefined;
};

/** How severe a log line is, least severe first. */
export type LogLevel =
  /** The level DEBUG. */
  | 'DEBUG'
  /** The level ERROR. */
  | 'ERROR'
  /** The level FATAL. */
  | 'FATAL'
  /** The level INFO. */
  | 'INFO'
  /** The level TRACE. */
  | 'TRACE'
  /** The level WARN. */
  | 'WARN';

/** Conditions on a level. */
export type LogLevelFilter = {
  /** Is this one. */
  eq?: LogLevel | null | undefined;
  /** Is one of these. */
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

/** Why events may be missing. */
export type ResyncReason =
  /** The store of the tail lost data. */
  | 'LOST'
  /** You were away for longer than the tail reaches back. */
  | 'TRIMMED'
  /** An event is of a newer form than this server reads. */
  | 'UNREADABLE';

/** Conditions on streams. Those given must all hold. */
export type StreamFilter = {
  /** All of these hold. */
  and?: Array<StreamFilter> | null | undefined;
  /** When it was made. */
  createdAt?: DateTimeFilter | null | undefined;
  /** Its internal name. */
  internalName?: StringFilter | null | undefined;
  /** This does not hold. */
  not?: StreamFilter | null | undefined;
  /** One of these holds. */
  or?: Array<StreamFilter> | null | undefined;
  /** Its status. */
  status?: StreamStatusFilter | null | undefined;
  /** Its title. */
  title?: StringFilter | null | undefined;
};

/** An order of streams. */
export type StreamOrder = {
  /** Which end comes first. */
  direction: OrderDirection;
  /** What to order by. */
  field: StreamOrderField;
};

/** What streams can be ordered by. */
export type StreamOrderField =
  /** When they were made. */
  | 'CREATED_AT'
  /** Their internal names. */
  | 'INTERNAL_NAME'
  /** Their titles. */
  | 'TITLE';

/** Whether a stream is on the air. */
export type StreamStatus =
  /** Was on the air and will not come back. */
  | 'ENDED'
  /** On the air. */
  | 'LIVE'
  /** Not on the air. */
  | 'OFFLINE';

/** Conditions on a status. */
export type StreamStatusFilter = {
  /** Is this one. */
  eq?: StreamStatus | null | undefined;
  /** Is one of these. */
  in?: Array<StreamStatus> | null | undefined;
};

/** Conditions on a text. Those given must all hold. */
export type StringFilter = {
  /** Has this text anywhere in it, in any case. */
  contains?: string | null | undefined;
  /** Is exactly this text. */
  eq?: string | null | undefined;
  /** Is one of these texts; at most 100. */
  in?: Array<string> | null | undefined;
  /** Begins with this text, in any case. */
  startsWith?: string | null | undefined;
};

/** A window of at most 90 days: `from` to `to`, or the `last` duration up to `to`. Without any it is the last 24 hours. */
export type TimeRangeInput = {
  /** Where it begins; belongs to it. */
  from?: string | null | undefined;
  /** How far it reaches back from `to`, instead of `from`. */
  last?: string | null | undefined;
  /** Where it ends; does not belong to it. Now unless given. */
  to?: string | null | undefined;
};

/** What viewers can be grouped by. */
export type ViewersBy =
  /** How they are connected. */
  | 'CONNECTION_TYPE'
  /** The country, as ISO 3166-1 alpha-2. */
  | 'COUNTRY'
  /** The node that serves them. */
  | 'EDGE_NODE'
  /** The internal name of the stream. */
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
  limit?: number;
}>;


export type ViewersNowByQuery = { analytics: { viewersNow: { total: number, groups: Array<{ key: string, viewers: number }> } | null } };

export type StreamSeriesQueryVariables = Exact<{
  name: string;
  range?: TimeRangeInput | null | undefined;
  step?: string | null | undefined;
  timezone?: string | null | undefined;
}>;


export type StreamSeriesQuery = { streamByInternalName: { viewers: { from: string, to: string, step: string, timezone: string, peak: number, samples: number, points: Array<{ time: string, average: number, peak: number, samples: number }> } | null } | null };

export type PageWithViewersQueryVariables = Exact<{ [key: string]: never; }>;


export type PageWithViewersQuery = { streams: { nodes: Array<{ internalName: string, viewers: { peak: number } | null }> } };

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
   | null> };

export type IncidentPageQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: IncidentFilter | null | undefined;
  orderBy?: IncidentOrder | null | undefined;
}>;


export type IncidentPageQuery = { incidents: { totalCount: number, nodes: Array<{ id: string, number: number, title: string, severity: IncidentSeverity, firstSeenAt: string, lastSeenAt: string }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } };

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
}>;


export type LogLinesQuery = { logs: { totalCount: number, edges: Array<{ cursor: string, node: { eventId: string, time: string, message: string, level: LogLevel, attributes: unknown } }>, pageInfo: { endCursor: string | null, hasNextPage: boolean, hasPreviousPage: boolean } } | null };

export type LevelsQueryVariables = Exact<{
  filter?: LogFilter | null | undefined;
}>;


export type LevelsQuery = { analytics: { logLevels: Array<{ level: LogLevel, count: number, points: Array<{ count: number }> }> | null } };

export type NewStreamMutationVariables = Exact<{
  input: CreateStreamInput;
}>;


export type NewStreamMutation = { createStream:
    | { __typename: 'ConflictError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'ForbiddenError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'LimitError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string, path: Array<string> }
    | { __typename: 'StreamWithKey', streamKey: string, stream: { id: string, internalName: string } }
    | { __typename: 'ValidationError', code: ErrorCode, message: string, path: Array<string> }
   };

export type RotatedMutationVariables = Exact<{
  streamId: string | number;
}>;


export type RotatedMutation = { rotateStreamKey:
    | { __typename: 'ConflictError' }
    | { __typename: 'ForbiddenError' }
    | { __typename: 'LimitError' }
    | { __typename: 'NotFoundError' }
    | { __typename: 'StreamWithKey', streamKey: string }
    | { __typename: 'ValidationError' }
   };

export type EverythingOfStreamsQueryVariables = Exact<{
  id: string | number;
  name: string;
}>;


export type EverythingOfStreamsQuery = { node:
    | { keys: Array<{ name: string, prefix: string, isActive: boolean }> }
    | Record<PropertyKey, never>
   | null, streamByInternalName: { title: string, description: string, playbackId: string, keys: Array<{ prefix: string, isActive: boolean }> } | null, streams: { nodes: Array<{ internalName: string, keys: Array<{ prefix: string }> }> } };

export type StreamPageQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  filter?: StreamFilter | null | undefined;
  orderBy?: StreamOrder | null | undefined;
}>;


export type StreamPageQuery = { streams: { edges: Array<{ cursor: string, node: { id: string, title: string, internalName: string, createdAt: string } }>, nodes: Array<{ id: string }>, pageInfo: { startCursor: string | null, endCursor: string | null, hasNextPage: boolean, hasPreviousPage: boolean } } };

export type StreamCountQueryVariables = Exact<{
  filter?: StreamFilter | null | undefined;
}>;


export type StreamCountQuery = { streams: { totalCount: number, nodes: Array<{ id: string }> } };

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

export type ResumedSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type ResumedSubscription = { incidentChanged:
    | { __typename: 'IncidentChanged', cursor: string, number: number }
    | { __typename: 'Resync', reason: ResyncReason }
   };

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
export const ViewersNowByDocument = new TypedDocumentString(`
    query ViewersNowBy($by: ViewersBy!, $limit: Int! = 100) {
  analytics {
    viewersNow(by: $by, limit: $limit) {
      total
      groups {
        key
        viewers
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
    query LogLines($filter: LogFilter, $range: TimeRangeInput, $first: Int, $after: String) {
  logs(filter: $filter, range: $range, first: $first, after: $after) {
    totalCount
    edges {
      cursor
      node {
        eventId
        time
        message
        level
        attributes
      }
    }
    pageInfo {
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
      level
      count
      points {
        count
      }
    }
  }
}
    `) as unknown as TypedDocumentString<LevelsQuery, LevelsQueryVariables>;
export const NewStreamDocument = new TypedDocumentString(`
    mutation NewStream($input: CreateStreamInput!) {
  createStream(input: $input) {
    __typename
    ... on StreamWithKey {
      streamKey
      stream {
        id
        internalName
      }
    }
    ... on Problem {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<NewStreamMutation, NewStreamMutationVariables>;
export const RotatedDocument = new TypedDocumentString(`
    mutation Rotated($streamId: ID!) {
  rotateStreamKey(streamId: $streamId) {
    __typename
    ... on StreamWithKey {
      streamKey
    }
  }
}
    `) as unknown as TypedDocumentString<RotatedMutation, RotatedMutationVariables>;
export const EverythingOfStreamsDocument = new TypedDocumentString(`
    query EverythingOfStreams($id: ID!, $name: String!) {
  node(id: $id) {
    ... on Stream {
      keys {
        name
        prefix
        isActive
      }
    }
  }
  streamByInternalName(internalName: $name) {
    title
    description
    playbackId
    keys {
      prefix
      isActive
    }
  }
  streams {
    nodes {
      internalName
      keys {
        prefix
      }
    }
  }
}
    `) as unknown as TypedDocumentString<EverythingOfStreamsQuery, EverythingOfStreamsQueryVariables>;
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