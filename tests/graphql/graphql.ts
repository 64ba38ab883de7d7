/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Kind of an actor. */
export type ActorKind =
  /** Somebody without a valid credential. */
  | 'ANONYMOUS'
  /** An API key. */
  | 'API_KEY'
  /** The simulation behind the demo tenant. */
  | 'DEMO'
  /** Somebody who runs commands on the machine. */
  | 'OPERATOR'
  /** A part of the program itself. */
  | 'PROGRAM'
  /** A user who has signed in. */
  | 'USER';

/** Conditions on audit entries. All given conditions must hold; an empty object is no condition. */
export type AuditEntryFilter = {
  /** Name of the mutation or command. */
  action?: StringFilter | null | undefined;
  /** Name of the actor. */
  actor?: StringFilter | null | undefined;
  /** The user or API key that did or tried it. */
  actorId?: IdFilter | null | undefined;
  /** All of these hold. */
  and?: Array<AuditEntryFilter> | null | undefined;
  /** Time of the action. */
  createdAt?: DateTimeFilter | null | undefined;
  /** This does not hold. */
  not?: AuditEntryFilter | null | undefined;
  /** At least one of these holds. */
  or?: Array<AuditEntryFilter> | null | undefined;
  /** Outcome. */
  outcome?: AuditOutcomeFilter | null | undefined;
  /** Request id. */
  requestId?: StringFilter | null | undefined;
  /** The object of the action. */
  resource?: IdFilter | null | undefined;
  /** Type of the object of the action. */
  resourceType?: StringFilter | null | undefined;
};

/** Outcome of an action. */
export type AuditOutcome =
  /** The actor was not allowed to do it. */
  | 'DENIED'
  /** The actor was allowed to do it, but it was not done. */
  | 'FAILED'
  /** It was done. */
  | 'SUCCESS';

/** Conditions on a value of AuditOutcome. All given operators must hold. */
export type AuditOutcomeFilter = {
  /** Equal to this value. */
  eq?: AuditOutcome | null | undefined;
  /** Equal to one of these values. */
  in?: Array<AuditOutcome> | null | undefined;
};

/** State of a stream's buffer, as the media server tells it. */
export type BufferState =
  /** Run out: viewers wait. */
  | 'DRY'
  /** Nothing in it: the stream has not begun or is over. */
  | 'EMPTY'
  /** Filled: the stream plays. */
  | 'FULL'
  /** Filling again after it ran out. */
  | 'RECOVER';

/** Input of `createStream`. */
export type CreateStreamInput = {
  /** Description for people (5,000 characters at most, default: empty). */
  description?: string | null | undefined;
  /** The client's own name for this request: sent again within 24 hours, it creates nothing and answers what it created before. */
  idempotencyKey?: string | null | undefined;
  /** Name of the stream in analytics rows, 1 to 128 characters; unique in the tenant (default: the id). */
  internalName?: string | null | undefined;
  /** Whether anybody may watch (default false). */
  isPublic?: boolean | null | undefined;
  /** Highest number of concurrent viewers, from 1 (default: no limit). */
  maxViewers?: number | null | undefined;
  /** Whether the media server records the broadcasts (default OFF). */
  recordingMode?: RecordingMode | null | undefined;
  /** Title for people (1-200 characters). */
  title: string;
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

/** Why a message was not delivered. */
export type DeliveryFailure =
  /** The receiver wants no more messages. */
  | 'GONE'
  /** This server can not send it. */
  | 'MISCONFIGURED'
  /** The answer was a redirect. */
  | 'REDIRECTED'
  /** The answer was a refusal. */
  | 'REJECTED'
  /** The channel leads where nothing is sent. */
  | 'TARGET_REFUSED'
  /** There was no answer in time. */
  | 'TIMED_OUT'
  /** There was no connection. */
  | 'UNREACHABLE';

/** Health of a node, from its score and the time of its latest heartbeat. */
export type EdgeNodeHealth =
  /** Score of 50 to 79. */
  | 'DEGRADED'
  /** Score of 80 or more. */
  | 'HEALTHY'
  /** No heartbeat for more than 60 seconds. */
  | 'STALE'
  /** Score below 50, or the node reports that it is not healthy. */
  | 'UNHEALTHY';

/** Error codes: a closed list. */
export type ErrorCode =
  /** The request is malformed: invalid JSON, a wrong argument, a cursor or id that this graph did not make, or no body. */
  | 'BAD_REQUEST'
  /** The current state does not allow it: somebody was faster, a name is taken, or an incident can't take this step. */
  | 'CONFLICT'
  /** The key lacks the scope (`read`, `write`, `ingest` or `admin`), or the role of the signed-in user does not allow it, or the user acts in no tenant. */
  | 'FORBIDDEN'
  /** A page of another site made a browser send this. */
  | 'FOREIGN_ORIGIN'
  /** The `Idempotency-Key` of a request to ingest was used before, for another body. */
  | 'IDEMPOTENCY_KEY_REUSED'
  /** An error in the server. */
  | 'INTERNAL'
  /** `__schema` or `__type` on a server with `INTROSPECTION=false`. */
  | 'INTROSPECTION_DISABLED'
  /** More than one answer may hold is requested: too long a range, too many points, filter values or ids; or data from before its table's retention. Or there would be too many of something: projects, open invitations (`LimitError`), operations in one stream. Or the answer would have too many bytes, or a query take more memory than it may. */
  | 'LIMIT_EXCEEDED'
  /** A literal or the variables hold too many values, or nest too deeply. */
  | 'LITERAL_TOO_LARGE'
  /** Ingest can't keep the rows now: its log is full, or Redis is away. */
  | 'LOG_UNAVAILABLE'
  /** The address takes another HTTP method; `Allow` names it. */
  | 'METHOD_NOT_ALLOWED'
  /** The object does not exist, or it belongs to another tenant: the answer is the same. Also an unknown dataset or address. */
  | 'NOT_FOUND'
  /** The body, or what it unpacks to, has too many bytes or items, or more rows than a minute may have. */
  | 'PAYLOAD_TOO_LARGE'
  /** The request has the hash of a persisted query in place of a document. Clients that send hashes (Apollo, urql) then send the document. */
  | 'PERSISTED_QUERY_NOT_SUPPORTED'
  /** The sign-in provider (GitHub, Google or another) is away, too slow, or refuses this program. The log says which. */
  | 'PROVIDER_UNAVAILABLE'
  /** In the worst case the answer would hold too many objects, or cost more than the tenant's budget of a minute. Known before anything runs. */
  | 'QUERY_TOO_COSTLY'
  /** Fields are nested too deeply. */
  | 'QUERY_TOO_DEEP'
  /** The document is too long. */
  | 'QUERY_TOO_LARGE'
  /** A budget of this minute is used up: cost or rows of the tenant, or requests of the address. Nothing was charged for the refused request. Also: too many attempts to sign in or up, too many people signing in at once, too many streams reserved and not opened. */
  | 'RATE_LIMITED'
  /** The process is about to end. */
  | 'SHUTTING_DOWN'
  /** A subscriber fell too far behind and was disconnected. */
  | 'SLOW_CONSUMER'
  /** A store does not answer; the message says which. Never an empty list instead. */
  | 'STORE_UNAVAILABLE'
  /** It took longer than allowed: the whole operation, or one query to a store. */
  | 'TIMED_OUT'
  /** The document has too many aliases. */
  | 'TOO_MANY_ALIASES'
  /** The document has too many directives. */
  | 'TOO_MANY_DIRECTIVES'
  /** The document has too many fields, or the same field too often in one place. */
  | 'TOO_MANY_FIELDS'
  /** The operation has too many root fields. */
  | 'TOO_MANY_ROOT_FIELDS'
  /** The operation has too many variables. */
  | 'TOO_MANY_VARIABLES'
  /** The key or access token is missing, mistyped, unknown, expired or revoked; in a mutation (`CredentialsError`) the password, refresh token or ticket is. Which of these it was is not told. */
  | 'UNAUTHENTICATED'
  /** The type, charset or encoding of the body can't be read. */
  | 'UNSUPPORTED_MEDIA_TYPE'
  /** A value is not allowed. In a mutation it comes as `ValidationError`. */
  | 'VALIDATION_FAILED';

/** Order of a list of facts. */
export type FactOrder =
  /** From the newest to the oldest. */
  | 'NEWEST_FIRST'
  /** From the oldest to the newest. */
  | 'OLDEST_FIRST';

/** Conditions on what something refers to, by global id. All given operators must hold. */
export type IdFilter = {
  /** The object with this global id. */
  eq?: string | number | null | undefined;
  /** One of the objects with these global ids (at most 100). */
  in?: Array<string | number> | null | undefined;
};

/** What happened to an incident. */
export type IncidentEventKind =
  /** It was assigned to somebody. */
  | 'ASSIGNED'
  /** It was merged into the incident that `after` names (#5), or the one that `before` names was merged into it. */
  | 'MERGED'
  /** A note was added. */
  | 'NOTE_ADDED'
  /** A message about it was delivered to the channel that `after` names; `note` says what it told (FIRING). */
  | 'NOTIFIED'
  /** The incident was opened. */
  | 'OPENED'
  /** It occurred again while unfinished. */
  | 'REFIRED'
  /** Its severity was changed. */
  | 'SEVERITY_CHANGED'
  /** Its status was changed. */
  | 'STATUS_CHANGED';

/** Conditions on incidents. All given conditions must hold; an empty object is no condition. */
export type IncidentFilter = {
  /** Time when somebody first started to work on it. */
  acknowledgedAt?: DateTimeFilter | null | undefined;
  /** All of these hold. */
  and?: Array<IncidentFilter> | null | undefined;
  /** Person that it is assigned to. */
  assignee?: IdFilter | null | undefined;
  /** Fingerprint. */
  fingerprint?: StringFilter | null | undefined;
  /** Time of the first occurrence. */
  firstSeenAt?: DateTimeFilter | null | undefined;
  /** A label, by its name. */
  label?: LabelFilter | null | undefined;
  /** Time of the latest occurrence. */
  lastSeenAt?: DateTimeFilter | null | undefined;
  /** Incident that it was merged into. */
  mergedInto?: IdFilter | null | undefined;
  /** This does not hold. */
  not?: IncidentFilter | null | undefined;
  /** Number in the tenant. */
  number?: IntFilter | null | undefined;
  /** At least one of these holds. */
  or?: Array<IncidentFilter> | null | undefined;
  /** Time when it was resolved. */
  resolvedAt?: DateTimeFilter | null | undefined;
  /** Severity. */
  severity?: IncidentSeverityFilter | null | undefined;
  /** Person or program that reported it. */
  source?: StringFilter | null | undefined;
  /** State. */
  status?: IncidentStatusFilter | null | undefined;
  /** Title. */
  title?: StringFilter | null | undefined;
};

/** Severity of an incident. */
export type IncidentSeverity =
  /** Needs work now, at any hour. */
  | 'CRITICAL'
  /** Needs work now. */
  | 'HIGH'
  /** Can wait. */
  | 'LOW'
  /** Needs work within the working day. */
  | 'MEDIUM';

/** Conditions on a value of IncidentSeverity. All given operators must hold. */
export type IncidentSeverityFilter = {
  /** Equal to this value. */
  eq?: IncidentSeverity | null | undefined;
  /** Equal to one of these values. */
  in?: Array<IncidentSeverity> | null | undefined;
};

/** State of an incident. */
export type IncidentStatus =
  /** Resolved, and nothing is left to do. */
  | 'CLOSED'
  /** Somebody works on it. */
  | 'INVESTIGATING'
  /** Nobody works on it yet. */
  | 'OPEN'
  /** The cause is gone. */
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

/** Conditions on the value of a name, which is an empty text if missing. All given operators must hold. */
export type LabelFilter = {
  /** Contains this text (at most 256 characters), in any case. */
  contains?: string | null | undefined;
  /** Equal to this text, in the same case. */
  eq?: string | null | undefined;
  /** Equal to one of these texts (at most 100). */
  in?: Array<string> | null | undefined;
  /** Name, in the same case. */
  name: string;
  /** Starts with this text (at most 256 characters), in any case. */
  startsWith?: string | null | undefined;
};

/** Conditions on log lines. All given conditions must hold; an empty object is no condition. */
export type LogFilter = {
  /** All of these hold. */
  and?: Array<LogFilter> | null | undefined;
  /** A further value of the line, by its name. */
  attribute?: LabelFilter | null | undefined;
  /** Environment of the line. */
  environment?: IdFilter | null | undefined;
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
  /** Project of the line. */
  project?: IdFilter | null | undefined;
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

/** Conditions on points of metrics. All given conditions must hold; an empty object is no condition. */
export type MetricFilter = {
  /** All of these hold. */
  and?: Array<MetricFilter> | null | undefined;
  /** Host that sent the points. */
  host?: StringFilter | null | undefined;
  /** Kind of the metric. */
  kind?: MetricKindFilter | null | undefined;
  /** Value of one label, by its name. */
  label?: LabelFilter | null | undefined;
  /** Name of the metric. */
  name?: StringFilter | null | undefined;
  /** This does not hold. */
  not?: MetricFilter | null | undefined;
  /** At least one of these holds. */
  or?: Array<MetricFilter> | null | undefined;
  /** Service that sent the points. */
  service?: StringFilter | null | undefined;
};

/** What the values of a metric are. */
export type MetricKind =
  /** A running total, which begins at 0 again when its service restarts. */
  | 'COUNTER'
  /** A value as it was read, such as a temperature. */
  | 'GAUGE'
  /** One observation, such as the duration of a request. */
  | 'HISTOGRAM';

/** Conditions on a value of MetricKind. All given operators must hold. */
export type MetricKindFilter = {
  /** Equal to this value. */
  eq?: MetricKind | null | undefined;
  /** Equal to one of these values. */
  in?: Array<MetricKind> | null | undefined;
};

/** What is wrong with an edge node. */
export type NodeTroubleReason =
  /** The load of its processors is 95 % or more. */
  | 'CPU_HIGH'
  /** Its health is DEGRADED. */
  | 'DEGRADED'
  /** A disk is full to 90 % or more. */
  | 'DISK_NEARLY_FULL'
  /** Its memory is in use to 95 % or more. */
  | 'MEMORY_HIGH'
  /** It has been silent for more than 60 seconds. */
  | 'STALE'
  /** Its health is UNHEALTHY. */
  | 'UNHEALTHY';

/** Conditions on changes of messages. All given conditions must hold; an empty object is no condition. */
export type NotificationChangeFilter = {
  /** All of these hold. */
  and?: Array<NotificationChangeFilter> | null | undefined;
  /** Where the message goes. */
  channel?: IdFilter | null | undefined;
  /** Key of the breach. */
  dedupKey?: StringFilter | null | undefined;
  /** What the message tells. */
  kind?: NotificationKindFilter | null | undefined;
  /** This does not hold. */
  not?: NotificationChangeFilter | null | undefined;
  /** At least one of these holds. */
  or?: Array<NotificationChangeFilter> | null | undefined;
  /** Status after the change. */
  status?: NotificationStatusFilter | null | undefined;
};

/** What a message tells. */
export type NotificationKind =
  /** Something is wrong. */
  | 'FIRING'
  /** It is over. */
  | 'RESOLVED'
  /** That its channel works. */
  | 'TEST';

/** Conditions on a value of NotificationKind. All given operators must hold. */
export type NotificationKindFilter = {
  /** Equal to this value. */
  eq?: NotificationKind | null | undefined;
  /** Equal to one of these values. */
  in?: Array<NotificationKind> | null | undefined;
};

/** State of a message. */
export type NotificationStatus =
  /** The receiver took it. */
  | 'DELIVERED'
  /** Given up. */
  | 'FAILED'
  /** To be sent, or to be tried again. */
  | 'PENDING';

/** Conditions on a value of NotificationStatus. All given operators must hold. */
export type NotificationStatusFilter = {
  /** Equal to this value. */
  eq?: NotificationStatus | null | undefined;
  /** Equal to one of these values. */
  in?: Array<NotificationStatus> | null | undefined;
};

/** Conditions on platform events. All given conditions must hold; an empty object is no condition. */
export type PlatformEventFilter = {
  /** All of these hold. */
  and?: Array<PlatformEventFilter> | null | undefined;
  /** Environment of the event. */
  environment?: IdFilter | null | undefined;
  /** Host that it is about. */
  host?: StringFilter | null | undefined;
  /** Text of the event. */
  message?: StringFilter | null | undefined;
  /** This does not hold. */
  not?: PlatformEventFilter | null | undefined;
  /** At least one of these holds. */
  or?: Array<PlatformEventFilter> | null | undefined;
  /** Project of the event. */
  project?: IdFilter | null | undefined;
  /** Service that it is about. */
  service?: StringFilter | null | undefined;
  /** Type of the event. */
  type?: StringFilter | null | undefined;
  /** Version that it is about. */
  version?: StringFilter | null | undefined;
};

/** Conditions on product events. All given conditions must hold; an empty object is no condition. */
export type ProductEventFilter = {
  /** All of these hold. */
  and?: Array<ProductEventFilter> | null | undefined;
  /** Type of the event. */
  eventType?: StringFilter | null | undefined;
  /** This does not hold. */
  not?: ProductEventFilter | null | undefined;
  /** At least one of these holds. */
  or?: Array<ProductEventFilter> | null | undefined;
  /** Session, as the product names it. */
  sessionId?: StringFilter | null | undefined;
  /** User, as the product names them. */
  userId?: StringFilter | null | undefined;
};

/** Whether the media server records the broadcasts of a stream. */
export type RecordingMode =
  /** It records each broadcast from its start. */
  | 'AUTOMATIC'
  /** It records none by itself. */
  | 'OFF';

/** Reasons why events may be missing. */
export type ResyncReason =
  /** The store of the events lost data. */
  | 'LOST'
  /** The subscription begins here. Told only to whoever asks with `withStart`. */
  | 'STARTED'
  /** The subscriber was away for longer than events are kept. */
  | 'TRIMMED'
  /** An event is of a newer form than this server reads. */
  | 'UNREADABLE';

/** Conditions on log lines. All given conditions must hold; an empty object is no condition. */
export type StoredLogEventFilter = {
  /** All of these hold. */
  and?: Array<StoredLogEventFilter> | null | undefined;
  /** A further value of the line, by its name. */
  attribute?: LabelFilter | null | undefined;
  /** Environment of the line. */
  environment?: IdFilter | null | undefined;
  /** Host that wrote the line. */
  host?: StringFilter | null | undefined;
  /** Level. */
  level?: LogLevelFilter | null | undefined;
  /** Text of the line. */
  message?: StringFilter | null | undefined;
  /** This does not hold. */
  not?: StoredLogEventFilter | null | undefined;
  /** At least one of these holds. */
  or?: Array<StoredLogEventFilter> | null | undefined;
  /** Project of the line. */
  project?: IdFilter | null | undefined;
  /** Service that wrote the line. */
  service?: StringFilter | null | undefined;
  /** Trace that the line belongs to. */
  traceId?: StringFilter | null | undefined;
};

/** Conditions on platform events. All given conditions must hold; an empty object is no condition. */
export type StoredPlatformEventFilter = {
  /** All of these hold. */
  and?: Array<StoredPlatformEventFilter> | null | undefined;
  /** Environment of the event. */
  environment?: IdFilter | null | undefined;
  /** Host that it is about. */
  host?: StringFilter | null | undefined;
  /** Text of the event. */
  message?: StringFilter | null | undefined;
  /** This does not hold. */
  not?: StoredPlatformEventFilter | null | undefined;
  /** At least one of these holds. */
  or?: Array<StoredPlatformEventFilter> | null | undefined;
  /** Project of the event. */
  project?: IdFilter | null | undefined;
  /** Service that it is about. */
  service?: StringFilter | null | undefined;
  /** Type of the event. */
  type?: StringFilter | null | undefined;
  /** Version that it is about. */
  version?: StringFilter | null | undefined;
};

/** Conditions on a text. All given operators must hold. */
export type StringFilter = {
  /** Contains this text (at most 256 characters), in any case. */
  contains?: string | null | undefined;
  /** Equal to this text, in the same case. */
  eq?: string | null | undefined;
  /** Equal to one of these texts (at most 100). */
  in?: Array<string> | null | undefined;
  /** Starts with this text (at most 256 characters), in any case. */
  startsWith?: string | null | undefined;
};

/** A window of at most 90 days: `from` to `to`, or the `last` duration up to `to` (default: the last 24 hours). */
export type TimeRangeInput = {
  /** Start of the window, inclusive. */
  from?: string | null | undefined;
  /** Length of the window back from `to`, in place of `from`. */
  last?: string | null | undefined;
  /** Moves the whole window back: P1D for the day before, P7D for the week before. Whole days keep the time of day where the field has a time zone. */
  shift?: string | null | undefined;
  /** End of the window, exclusive (default: now). */
  to?: string | null | undefined;
};

/** Conditions on viewer samples. All given conditions must hold; an empty object is no condition. */
export type ViewerSampleFilter = {
  /** All of these hold. */
  and?: Array<ViewerSampleFilter> | null | undefined;
  /** Connection type, such as hls or webrtc. */
  connectionType?: StringFilter | null | undefined;
  /** Country, as ISO 3166-1 alpha-2 in upper case; ZZ for unknown. */
  countryCode?: StringFilter | null | undefined;
  /** Slug of the edge node that serves the viewers. */
  edgeNodeSlug?: StringFilter | null | undefined;
  /** Internal name of the stream. */
  internalName?: StringFilter | null | undefined;
  /** This does not hold. */
  not?: ViewerSampleFilter | null | undefined;
  /** At least one of these holds. */
  or?: Array<ViewerSampleFilter> | null | undefined;
};

/** What viewers can be grouped by. */
export type ViewersBy =
  /** City and its country. An empty key is for viewers whose city is not known. */
  | 'CITY'
  /** Connection type, such as hls or webrtc. */
  | 'CONNECTION_TYPE'
  /** Country, as ISO 3166-1 alpha-2. */
  | 'COUNTRY'
  /** Edge node that serves the viewers. */
  | 'EDGE_NODE'
  /** Place on the map, to a tenth of a degree (about 11 km): `latitude` and `longitude`. An empty key is for viewers whose place is not known. */
  | 'PLACE'
  /** Stream, by its internal name. */
  | 'STREAM';

export type ViewersNowByQueryVariables = Exact<{
  by: ViewersBy;
  first?: number;
}>;


export type ViewersNowByQuery = { analytics: { viewersNow: { total: string, groups: Array<{ key: string, viewers: string, stream: { title: string } | null, edgeNode: { name: string } | null }> } | null } | null };

export type SeriesByNameQueryVariables = Exact<{
  name: string;
}>;


export type SeriesByNameQuery = { analytics: { viewers: { peak: string | null, samples: string, countries: Array<{ countryCode: string, viewerMinutes: number }> | null } | null } | null };

export type TenantSeriesQueryVariables = Exact<{
  filter?: ViewerSampleFilter | null | undefined;
  by: ViewersBy;
  first?: number;
}>;


export type TenantSeriesQuery = { analytics: { viewers: { peak: string | null, groups: Array<{ key: string, countryCode: string | null, latitude: number | null, longitude: number | null, peak: string, share: number | null, stream: { title: string } | null, edgeNode: { name: string } | null, points: Array<{ peak: string | null }> | null }> | null } | null } | null };

export type PageWithGroupsQueryVariables = Exact<{ [key: string]: never; }>;


export type PageWithGroupsQuery = { streams: { nodes: Array<{ internalName: string, viewers: { quality: { connectionQuality: number | null, bandwidthBps: string | null } | null, groups: Array<{ key: string, quality: { connectionQuality: number | null, bufferHealth: number | null } | null, points: Array<{ average: number | null }> | null }> | null } | null }> } | null };

export type ShortSeriesQueryVariables = Exact<{
  range: TimeRangeInput;
}>;


export type ShortSeriesQuery = { analytics: { viewers: { groups: Array<{ key: string, quality: { bandwidthBps: string | null } | null }> | null } | null } | null };

export type PageWithViewersQueryVariables = Exact<{ [key: string]: never; }>;


export type PageWithViewersQuery = { streams: { nodes: Array<{ internalName: string, viewers: { peak: string | null } | null }> } | null };

export type StreamSeriesQueryVariables = Exact<{
  name: string;
  range?: TimeRangeInput | null | undefined;
  step?: string | null | undefined;
  timezone?: string | null | undefined;
}>;


export type StreamSeriesQuery = { streamByInternalName: { viewers: { from: string, to: string, step: string, timezone: string, peak: string | null, samples: string, minutes: number, viewerMinutes: number, points: Array<{ time: string, average: number | null, peak: string | null, samples: string, minutes: number, viewerMinutes: number }> } | null } | null };

export type LogWithEdgesQueryVariables = Exact<{
  filter?: AuditEntryFilter | null | undefined;
  first?: number | null | undefined;
}>;


export type LogWithEdgesQuery = { auditLog: { totalCount: number | null, nodes: Array<{ id: string, action: string, outcome: AuditOutcome, code: ErrorCode | null, resourceType: string | null, resourceId: string | null, actor: { kind: ActorKind, name: string, actorId: string | null, user: { id: string } | null, apiKey: { name: string } | null }, resource:
        | { __typename: 'Alert', id: string }
        | { __typename: 'AlertRule', id: string }
        | { __typename: 'Analytics', id: string }
        | { __typename: 'ApiKey', id: string }
        | { __typename: 'AuditActor', id: string }
        | { __typename: 'AuditEntry', id: string }
        | { __typename: 'BootstrapToken', id: string }
        | { __typename: 'Clip', id: string }
        | { __typename: 'Cluster', id: string }
        | { __typename: 'ClusterAccess', id: string }
        | { __typename: 'ClusterService', id: string }
        | { __typename: 'EdgeNode', id: string }
        | { __typename: 'Environment', id: string }
        | { __typename: 'Incident', title: string, id: string }
        | { __typename: 'IncidentEvent', id: string }
        | { __typename: 'IncidentNotification', id: string }
        | { __typename: 'Inhibition', id: string }
        | { __typename: 'Invitation', id: string }
        | { __typename: 'MaintenanceWindow', id: string }
        | { __typename: 'Member', id: string }
        | { __typename: 'Notification', id: string }
        | { __typename: 'NotificationAttempt', id: string }
        | { __typename: 'NotificationChannel', id: string }
        | { __typename: 'NotificationRoute', id: string }
        | { __typename: 'OnCallSchedule', id: string }
        | { __typename: 'PlatformOverview', id: string }
        | { __typename: 'Project', id: string }
        | { __typename: 'RateLimit', id: string }
        | { __typename: 'Recording', id: string }
        | { __typename: 'Service', id: string }
        | { __typename: 'ServiceInstance', id: string }
        | { __typename: 'Session', id: string }
        | { __typename: 'SharedCluster', id: string }
        | { __typename: 'Silence', id: string }
        | { __typename: 'Stream', id: string }
        | { __typename: 'StreamKey', id: string }
        | { __typename: 'StreamState', id: string }
        | { __typename: 'Tenant', id: string }
        | { __typename: 'TenantMembership', id: string }
        | { __typename: 'User', id: string }
        | { __typename: 'Viewer', id: string }
       | null }> } | null };

export type EntryByIdQueryVariables = Exact<{
  id: string | number;
}>;


export type EntryByIdQuery = { node:
    | { __typename: 'Alert' }
    | { __typename: 'AlertRule' }
    | { __typename: 'Analytics' }
    | { __typename: 'ApiKey' }
    | { __typename: 'AuditActor' }
    | { __typename: 'AuditEntry', action: string }
    | { __typename: 'BootstrapToken' }
    | { __typename: 'Clip' }
    | { __typename: 'Cluster' }
    | { __typename: 'ClusterAccess' }
    | { __typename: 'ClusterService' }
    | { __typename: 'EdgeNode' }
    | { __typename: 'Environment' }
    | { __typename: 'Incident' }
    | { __typename: 'IncidentEvent' }
    | { __typename: 'IncidentNotification' }
    | { __typename: 'Inhibition' }
    | { __typename: 'Invitation' }
    | { __typename: 'MaintenanceWindow' }
    | { __typename: 'Member' }
    | { __typename: 'Notification' }
    | { __typename: 'NotificationAttempt' }
    | { __typename: 'NotificationChannel' }
    | { __typename: 'NotificationRoute' }
    | { __typename: 'OnCallSchedule' }
    | { __typename: 'PlatformOverview' }
    | { __typename: 'Project' }
    | { __typename: 'RateLimit' }
    | { __typename: 'Recording' }
    | { __typename: 'Service' }
    | { __typename: 'ServiceInstance' }
    | { __typename: 'Session' }
    | { __typename: 'SharedCluster' }
    | { __typename: 'Silence' }
    | { __typename: 'Stream' }
    | { __typename: 'StreamKey' }
    | { __typename: 'StreamState' }
    | { __typename: 'Tenant' }
    | { __typename: 'TenantMembership' }
    | { __typename: 'User' }
    | { __typename: 'Viewer' }
   | null };

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
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
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
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
    | { id: string }
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

export type HandledIncidentQueryVariables = Exact<{
  id: string | number;
}>;


export type HandledIncidentQuery = { node:
    | { status: IncidentStatus, severity: IncidentSeverity, occurrences: number, version: number, assigneeName: string | null, labels: Array<{ name: string }>, assignee: { id: string } | null, mergedInto: { id: string } | null, events: { nodes: Array<{ kind: IncidentEventKind, before: string | null, after: string | null, note: string | null, actor: string, version: number }> } }
    | Record<PropertyKey, never>
   | null };

export type FoundIncidentsQueryVariables = Exact<{
  filter?: IncidentFilter | null | undefined;
}>;


export type FoundIncidentsQuery = { incidents: { totalCount: number | null, nodes: Array<{ title: string }> } | null };

export type IncidentStatisticsQueryVariables = Exact<{
  range?: TimeRangeInput | null | undefined;
  step?: string | null | undefined;
  timezone?: string | null | undefined;
  filter?: IncidentFilter | null | undefined;
  by: string;
  first: number;
}>;


export type IncidentStatisticsQuery = { analytics: { incidents: { from: string, to: string, step: string, opened: number, acknowledged: number, resolved: number, secondsToAcknowledge: number | null, secondsToResolve: number | null, points: Array<{ time: string, opened: number, acknowledged: number, resolved: number, secondsToAcknowledge: number | null, secondsToResolve: number | null }>, severities: Array<{ severity: IncidentSeverity, opened: number, points: Array<{ opened: number }> }>, groups: Array<{ key: string, opened: number, resolved: number, secondsToResolve: number | null, points: Array<{ opened: number }> }> | null } | null } | null };

export type CountedIncidentsQueryVariables = Exact<{
  filter?: IncidentFilter | null | undefined;
}>;


export type CountedIncidentsQuery = { incidents: { totalCount: number | null } | null, analytics: { incidents: { opened: number } | null } | null };

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

export type IncidentByNumberQueryVariables = Exact<{
  number: number;
}>;


export type IncidentByNumberQuery = { incident: { id: string, labels: Array<{ name: string, value: string }>, events: { nodes: Array<{ id: string, incident: { number: number } }> } } | null };

export type IncidentEventByIdQueryVariables = Exact<{
  id: string | number;
}>;


export type IncidentEventByIdQuery = { node:
    | { __typename: 'Alert' }
    | { __typename: 'AlertRule' }
    | { __typename: 'Analytics' }
    | { __typename: 'ApiKey' }
    | { __typename: 'AuditActor' }
    | { __typename: 'AuditEntry' }
    | { __typename: 'BootstrapToken' }
    | { __typename: 'Clip' }
    | { __typename: 'Cluster' }
    | { __typename: 'ClusterAccess' }
    | { __typename: 'ClusterService' }
    | { __typename: 'EdgeNode' }
    | { __typename: 'Environment' }
    | { __typename: 'Incident' }
    | { __typename: 'IncidentEvent', kind: IncidentEventKind, incident: { id: string } }
    | { __typename: 'IncidentNotification' }
    | { __typename: 'Inhibition' }
    | { __typename: 'Invitation' }
    | { __typename: 'MaintenanceWindow' }
    | { __typename: 'Member' }
    | { __typename: 'Notification' }
    | { __typename: 'NotificationAttempt' }
    | { __typename: 'NotificationChannel' }
    | { __typename: 'NotificationRoute' }
    | { __typename: 'OnCallSchedule' }
    | { __typename: 'PlatformOverview' }
    | { __typename: 'Project' }
    | { __typename: 'RateLimit' }
    | { __typename: 'Recording' }
    | { __typename: 'Service' }
    | { __typename: 'ServiceInstance' }
    | { __typename: 'Session' }
    | { __typename: 'SharedCluster' }
    | { __typename: 'Silence' }
    | { __typename: 'Stream' }
    | { __typename: 'StreamKey' }
    | { __typename: 'StreamState' }
    | { __typename: 'Tenant' }
    | { __typename: 'TenantMembership' }
    | { __typename: 'User' }
    | { __typename: 'Viewer' }
   | null };

export type WorstIncidentsFirstQueryVariables = Exact<{ [key: string]: never; }>;


export type WorstIncidentsFirstQuery = { incidents: { nodes: Array<{ severity: IncidentSeverity }> } | null };

export type ClustersWithNodesQueryVariables = Exact<{ [key: string]: never; }>;


export type ClustersWithNodesQuery = { clusters: { totalCount: number | null, nodes: Array<{ name: string, edgeNodes: { totalCount: number | null, nodes: Array<{ name: string, health: EdgeNodeHealth, healthScore: number, cluster: { name: string } }> } }> } | null };

export type LinesAroundQueryVariables = Exact<{
  filter?: LogFilter | null | undefined;
  before?: number | null | undefined;
  after?: number | null | undefined;
}>;


export type LinesAroundQuery = { logs: { nodes: Array<{ message: string, project: { slug: string } | null, logContext: Array<{ message: string }> | null }> } | null };

export type LogPagesQueryVariables = Exact<{
  order?: FactOrder | null | undefined;
  first?: number | null | undefined;
  last?: number | null | undefined;
  after?: string | null | undefined;
  before?: string | null | undefined;
}>;


export type LogPagesQuery = { logs: { nodes: Array<{ message: string }>, pageInfo: { startCursor: string | null, endCursor: string | null, hasNextPage: boolean, hasPreviousPage: boolean } } | null };

export type LogPatternsOfQueryVariables = Exact<{
  filter?: LogFilter | null | undefined;
  range?: TimeRangeInput | null | undefined;
  first?: number;
}>;


export type LogPatternsOfQuery = { analytics: { logPatterns: { lines: string, patterns: Array<{ pattern: string, lines: string, errors: string, firstSeenAt: string, lastSeenAt: string, example: string }> } | null } | null };

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

export type MetricsOfAnHourQueryVariables = Exact<{
  only?: MetricFilter | null | undefined;
}>;


export type MetricsOfAnHourQuery = { metricPoints: { totalCount: string | null, nodes: Array<{ name: string, kind: MetricKind, unit: string, value: number, service: string, host: string, labels: Array<{ name: string, value: string }> }> } | null, analytics: { metricNames: Array<{ name: string, kind: MetricKind, unit: string, points: string, series: string }> | null, metricLabels: Array<{ name: string, valueCount: string, values: Array<{ value: string, points: string }> }> | null, metricSeries: { count: string, last: number | null, increase: number | null, rate: number | null, p99: number | null, points: Array<{ count: string, increase: number | null }>, groups: Array<{ count: string, increase: number | null, labels: Array<{ name: string, value: string }>, points: Array<{ increase: number | null }> }> | null } | null } | null };

export type NodeLoadOfQueryVariables = Exact<{
  range: TimeRangeInput;
}>;


export type NodeLoadOfQuery = { clusters: { nodes: Array<{ slug: string, load: { samples: string, nodes: string, cpuPercent: number | null, maxCpuPercent: number | null, bandwidthOutBps: number | null, connections: number | null } | null, edgeNodes: { nodes: Array<{ slug: string, currentLoad: { cpuPercent: number | null, bandwidthOutBps: string | null, isHealthy: boolean | null, tags: Array<string>, edgeNode: { slug: string } | null } | null, load: { samples: string, nodes: string, cpuPercent: number | null, minHealthScore: number | null, bandwidthOutBps: number | null, maxBandwidthOutBps: number | null, points: Array<{ samples: string }> } | null, healthHistory: { changes: string, staleSeconds: number, intervals: Array<{ health: EdgeNodeHealth, to: string | null }> } | null }> } }> } | null, analytics: { nodeLoad: { samples: string, nodes: string, cpuPercent: number | null, diskPercent: number | null, bandwidthOutBps: number | null, connections: number | null } | null, nodesInTrouble: Array<{ nodeName: string, since: string, edgeNode: { slug: string } | null, troubles: Array<{ reason: NodeTroubleReason, since: string, percent: number | null }> }> | null } | null };

export type NodeLoadOfAPageQueryVariables = Exact<{
  range: TimeRangeInput;
}>;


export type NodeLoadOfAPageQuery = { edgeNodes: { nodes: Array<{ currentLoad: { cpuPercent: number | null, metadata: unknown } | null, load: { samples: string } | null, healthHistory: { changes: string } | null }> } | null, clusters: { nodes: Array<{ load: { samples: string } | null }> } | null };

export type EdgeNodeLoadNowSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type EdgeNodeLoadNowSubscription = { edgeNodeLoad: { sample: { cpuPercent: number | null, connections: number | null } | null } | null };

export type NotificationChangesSubscriptionVariables = Exact<{
  filter?: NotificationChangeFilter | null | undefined;
}>;


export type NotificationChangesSubscription = { notificationChanged:
    | { __typename: 'NotificationChanged', kind: NotificationKind, dedupKey: string, status: NotificationStatus, failure: DeliveryFailure | null, attemptCount: number, notification: { channel: { name: string } } | null }
    | { __typename: 'Resync' }
   | null };

export type DeploymentsToldQueryVariables = Exact<{
  filter?: PlatformEventFilter | null | undefined;
}>;


export type DeploymentsToldQuery = { platformEvents: { totalCount: string | null, nodes: Array<{ type: string, service: string, host: string, version: string, message: string, body: unknown, project: { id: string, slug: string } | null, environment: { slug: string } | null }> } | null, analytics: { platformEvents: { count: string, points: Array<{ time: string, count: string }>, groups: Array<{ key: string, count: string }> | null, byService: Array<{ key: string, count: string, points: Array<{ count: string }> }> | null } | null, logLevels: { levels: Array<{ points: Array<{ time: string }> }> } | null } | null };

export type DeploymentPlacesQueryVariables = Exact<{ [key: string]: never; }>;


export type DeploymentPlacesQuery = { platformEvents: { totalCount: string | null, nodes: Array<{ version: string, environment: { slug: string } | null }> } | null };

export type DeploymentsAddedSubscriptionVariables = Exact<{
  filter?: StoredPlatformEventFilter | null | undefined;
}>;


export type DeploymentsAddedSubscription = { platformEventAdded:
    | { __typename: 'PlatformEventStored', event: { version: string, body: unknown, project: { slug: string } | null } }
    | { __typename: 'Resync' }
   | null };

export type ProductDayQueryVariables = Exact<{
  funnel: Array<ProductEventFilter> | ProductEventFilter;
}>;


export type ProductDayQuery = { productEvents: { totalCount: string | null, nodes: Array<{ eventType: string, userId: string, sessionId: string, properties: unknown }> } | null, analytics: { productEvents: { count: string, users: string, perSecond: number, points: Array<{ count: string }>, types: Array<{ eventType: string, count: string, users: string }> | null } | null, productEventBreakdown: { count: string, groups: Array<{ value: unknown, count: string, users: string }> } | null, productFunnel: Array<{ users: string, ofFirst: number | null, ofPrevious: number | null }> | null, productRetention: Array<{ users: string, returned: Array<string> }> | null } | null };

export type ProductRatesSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type ProductRatesSubscription = { productEventRates: { lastMinute: string, types: Array<{ eventType: string, lastMinute: string }> } | null };

export type StreamHealthOfQueryVariables = Exact<{
  id: string | number;
}>;


export type StreamHealthOfQuery = { node:
    | { rebuffering: { rebufferings: string, intervals: Array<{ nodeName: string, state: BufferState, to: string | null }> } | null, qualityChanges: Array<{ nodeName: string }> | null, currentHealth: { nodeName: string, healthScore: number | null, fps: number | null, bufferState: BufferState | null, packetsSent: string | null, issues: string, edgeNode: { slug: string } | null } | null, health: { samples: string, healthScore: number | null, minHealthScore: number | null, maxHealthScore: number | null, bitrateKbps: number | null, fps: number | null, packetLoss: number | null, rebuffering: number | null, samplesWithIssues: string, points: Array<{ samples: string, packetLoss: number | null }> } | null }
    | Record<PropertyKey, never>
   | null, streamHealthIssues: { totalCount: string | null, nodes: Array<{ internalName: string, issues: string, healthScore: number | null, packetsLost: string | null }> } | null, analytics: { streamHealth: { samples: string, healthScore: number | null, packetLoss: number | null } | null } | null };

export type StreamHealthNowSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type StreamHealthNowSubscription = { streamHealth: { sample: { healthScore: number | null, bufferState: BufferState | null, fps: number | null } | null } | null };

export type CreateStreamForHealthMutationVariables = Exact<{
  input: CreateStreamInput;
}>;


export type CreateStreamForHealthMutation = { createStream:
    | { stream: { id: string } }
    | Record<PropertyKey, never>
   | null };

export type ProcessesMakeStreamMutationVariables = Exact<{
  title: string;
}>;


export type ProcessesMakeStreamMutation = { createStream:
    | { message: string }
    | { stream: { id: string, internalName: string } }
    | { message: string }
    | { message: string }
    | { message: string }
    | { message: string }
   | null };

export type ProcessesOpenMutationVariables = Exact<{
  title: string;
}>;


export type ProcessesOpenMutation = { openIncident:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'ForbiddenError', message: string }
    | { __typename: 'LimitError', message: string }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'OpenIncidentPayload', incident: { id: string } }
    | { __typename: 'ValidationError', message: string }
   | null };

export type ProcessesChangeMutationVariables = Exact<{
  id: string | number;
  status: IncidentStatus;
}>;


export type ProcessesChangeMutation = { changeIncidentStatus:
    | { __typename: 'ChangeIncidentStatusPayload' }
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'ForbiddenError', message: string }
    | { __typename: 'LimitError', message: string }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'ValidationError', message: string }
   | null };

export type ProcessesIncidentsQueryVariables = Exact<{ [key: string]: never; }>;


export type ProcessesIncidentsQuery = { incidents: { totalCount: number | null, nodes: Array<{ title: string }> } | null };

export type ProcessesIncidentChangesSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type ProcessesIncidentChangesSubscription = { incidentChanged:
    | { __typename: 'IncidentChanged', cursor: string, number: number, version: number, kind: IncidentEventKind }
    | { __typename: 'Resync', reason: ResyncReason }
   | null };

export type ProcessesViewersSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type ProcessesViewersSubscription = { streamViewers: { viewers: string } | null };

export type ProcessesRowsQueryVariables = Exact<{
  name: string;
}>;


export type ProcessesRowsQuery = { streamByInternalName: { viewers: { samples: string } | null } | null, logs: { totalCount: string | null } | null };

export type ProcessesIncidentNumbersSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type ProcessesIncidentNumbersSubscription = { incidentChanged:
    | { __typename: 'IncidentChanged', cursor: string, number: number }
    | { __typename: 'Resync', reason: ResyncReason, cursor: string }
   | null };

export type LogTailSubscriptionVariables = Exact<{
  filter?: StoredLogEventFilter | null | undefined;
  after?: string | null | undefined;
}>;


export type LogTailSubscription = { logAdded:
    | { __typename: 'LogEventStored', cursor: string, event: { message: string, level: LogLevel, attributes: Array<{ name: string, value: string }>, logContext: Array<{ message: string }> | null } }
    | { __typename: 'Resync' }
   | null };

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


export type SliceViewersSubscription = { streamViewers: { viewers: string, byCountry: Array<{ countryCode: string, viewers: string }> } | null };

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
export const SeriesByNameDocument = new TypedDocumentString(`
    query SeriesByName($name: String!) {
  analytics {
    viewers(internalName: $name, range: {last: "PT1H"}, step: "PT5M") {
      peak
      samples
      countries {
        countryCode
        viewerMinutes
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SeriesByNameQuery, SeriesByNameQueryVariables>;
export const TenantSeriesDocument = new TypedDocumentString(`
    query TenantSeries($filter: ViewerSampleFilter, $by: ViewersBy!, $first: Int! = 10) {
  analytics {
    viewers(filter: $filter, range: {last: "PT1H"}, step: "PT5M") {
      peak
      groups(by: $by, first: $first) {
        key
        countryCode
        latitude
        longitude
        peak
        share
        stream {
          title
        }
        edgeNode {
          name
        }
        points {
          peak
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<TenantSeriesQuery, TenantSeriesQueryVariables>;
export const PageWithGroupsDocument = new TypedDocumentString(`
    query PageWithGroups {
  streams(first: 20) {
    nodes {
      internalName
      viewers(range: {last: "PT1H"}, step: "PT5M") {
        quality {
          connectionQuality
          bandwidthBps
        }
        groups(by: EDGE_NODE, first: 3) {
          key
          quality {
            connectionQuality
            bufferHealth
          }
          points {
            average
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<PageWithGroupsQuery, PageWithGroupsQueryVariables>;
export const ShortSeriesDocument = new TypedDocumentString(`
    query ShortSeries($range: TimeRangeInput!) {
  analytics {
    viewers(range: $range, step: "PT10S") {
      groups(by: COUNTRY) {
        key
        quality {
          bandwidthBps
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ShortSeriesQuery, ShortSeriesQueryVariables>;
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
      minutes
      viewerMinutes
      points {
        time
        average
        peak
        samples
        minutes
        viewerMinutes
      }
    }
  }
}
    `) as unknown as TypedDocumentString<StreamSeriesQuery, StreamSeriesQueryVariables>;
export const LogWithEdgesDocument = new TypedDocumentString(`
    query LogWithEdges($filter: AuditEntryFilter, $first: Int) {
  auditLog(filter: $filter, first: $first) {
    totalCount
    nodes {
      id
      action
      outcome
      code
      actor {
        kind
        name
        actorId
        user {
          id
        }
        apiKey {
          name
        }
      }
      resourceType
      resourceId
      resource {
        __typename
        id
        ... on Incident {
          title
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<LogWithEdgesQuery, LogWithEdgesQueryVariables>;
export const EntryByIdDocument = new TypedDocumentString(`
    query EntryById($id: ID!) {
  node(id: $id) {
    __typename
    ... on AuditEntry {
      action
    }
  }
}
    `) as unknown as TypedDocumentString<EntryByIdQuery, EntryByIdQueryVariables>;
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
export const HandledIncidentDocument = new TypedDocumentString(`
    query HandledIncident($id: ID!) {
  node(id: $id) {
    ... on Incident {
      status
      severity
      occurrences
      version
      labels {
        name
      }
      assigneeName
      assignee {
        id
      }
      mergedInto {
        id
      }
      events(first: 20) {
        nodes {
          kind
          before
          after
          note
          actor
          version
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<HandledIncidentQuery, HandledIncidentQueryVariables>;
export const FoundIncidentsDocument = new TypedDocumentString(`
    query FoundIncidents($filter: IncidentFilter) {
  incidents(filter: $filter, first: 100) {
    totalCount
    nodes {
      title
    }
  }
}
    `) as unknown as TypedDocumentString<FoundIncidentsQuery, FoundIncidentsQueryVariables>;
export const IncidentStatisticsDocument = new TypedDocumentString(`
    query IncidentStatistics($range: TimeRangeInput, $step: Duration, $timezone: String, $filter: IncidentFilter, $by: String!, $first: Int!) {
  analytics {
    incidents(range: $range, step: $step, timezone: $timezone, filter: $filter) {
      from
      to
      step
      opened
      acknowledged
      resolved
      secondsToAcknowledge
      secondsToResolve
      points {
        time
        opened
        acknowledged
        resolved
        secondsToAcknowledge
        secondsToResolve
      }
      severities {
        severity
        opened
        points {
          opened
        }
      }
      groups(by: $by, first: $first) {
        key
        opened
        resolved
        secondsToResolve
        points {
          opened
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<IncidentStatisticsQuery, IncidentStatisticsQueryVariables>;
export const CountedIncidentsDocument = new TypedDocumentString(`
    query CountedIncidents($filter: IncidentFilter) {
  incidents(filter: $filter, first: 0) {
    totalCount
  }
  analytics {
    incidents(range: {last: "P1D"}, filter: $filter) {
      opened
    }
  }
}
    `) as unknown as TypedDocumentString<CountedIncidentsQuery, CountedIncidentsQueryVariables>;
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
export const IncidentByNumberDocument = new TypedDocumentString(`
    query IncidentByNumber($number: Int!) {
  incident(number: $number) {
    id
    labels {
      name
      value
    }
    events(last: 1) {
      nodes {
        id
        incident {
          number
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<IncidentByNumberQuery, IncidentByNumberQueryVariables>;
export const IncidentEventByIdDocument = new TypedDocumentString(`
    query IncidentEventById($id: ID!) {
  node(id: $id) {
    __typename
    ... on IncidentEvent {
      kind
      incident {
        id
      }
    }
  }
}
    `) as unknown as TypedDocumentString<IncidentEventByIdQuery, IncidentEventByIdQueryVariables>;
export const WorstIncidentsFirstDocument = new TypedDocumentString(`
    query WorstIncidentsFirst {
  incidents(orderBy: {field: SEVERITY, direction: DESC}) {
    nodes {
      severity
    }
  }
}
    `) as unknown as TypedDocumentString<WorstIncidentsFirstQuery, WorstIncidentsFirstQueryVariables>;
export const ClustersWithNodesDocument = new TypedDocumentString(`
    query ClustersWithNodes {
  clusters {
    totalCount
    nodes {
      name
      edgeNodes {
        totalCount
        nodes {
          name
          health
          healthScore
          cluster {
            name
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ClustersWithNodesQuery, ClustersWithNodesQueryVariables>;
export const LinesAroundDocument = new TypedDocumentString(`
    query LinesAround($filter: LogFilter, $before: Int, $after: Int) {
  logs(filter: $filter, order: OLDEST_FIRST, first: 5) {
    nodes {
      message
      project {
        slug
      }
      logContext(before: $before, after: $after) {
        message
      }
    }
  }
}
    `) as unknown as TypedDocumentString<LinesAroundQuery, LinesAroundQueryVariables>;
export const LogPagesDocument = new TypedDocumentString(`
    query LogPages($order: FactOrder, $first: Int, $last: Int, $after: String, $before: String) {
  logs(order: $order, first: $first, last: $last, after: $after, before: $before) {
    nodes {
      message
    }
    pageInfo {
      startCursor
      endCursor
      hasNextPage
      hasPreviousPage
    }
  }
}
    `) as unknown as TypedDocumentString<LogPagesQuery, LogPagesQueryVariables>;
export const LogPatternsOfDocument = new TypedDocumentString(`
    query LogPatternsOf($filter: LogFilter, $range: TimeRangeInput, $first: Int! = 20) {
  analytics {
    logPatterns(filter: $filter, range: $range, first: $first) {
      lines
      patterns {
        pattern
        lines
        errors
        firstSeenAt
        lastSeenAt
        example
      }
    }
  }
}
    `) as unknown as TypedDocumentString<LogPatternsOfQuery, LogPatternsOfQueryVariables>;
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
export const MetricsOfAnHourDocument = new TypedDocumentString(`
    query MetricsOfAnHour($only: MetricFilter) {
  metricPoints(first: 1, filter: {name: {eq: "requests"}}) {
    totalCount
    nodes {
      name
      kind
      unit
      value
      service
      host
      labels {
        name
        value
      }
    }
  }
  analytics {
    metricNames(range: {last: "PT1H"}) {
      name
      kind
      unit
      points
      series
    }
    metricLabels(name: "requests", range: {last: "PT1H"}) {
      name
      valueCount
      values {
        value
        points
      }
    }
    metricSeries(
      name: "requests"
      range: {last: "PT1H"}
      step: "PT1M"
      filter: $only
    ) {
      count
      last
      increase
      rate
      p99
      points {
        count
        increase
      }
      groups(by: ["route"]) {
        labels {
          name
          value
        }
        count
        increase
        points {
          increase
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<MetricsOfAnHourQuery, MetricsOfAnHourQueryVariables>;
export const NodeLoadOfDocument = new TypedDocumentString(`
    query NodeLoadOf($range: TimeRangeInput!) {
  clusters(first: 3) {
    nodes {
      slug
      load(range: $range, step: "PT5M") {
        samples
        nodes
        cpuPercent
        maxCpuPercent
        bandwidthOutBps
        connections
      }
      edgeNodes(first: 3) {
        nodes {
          slug
          currentLoad {
            cpuPercent
            bandwidthOutBps
            isHealthy
            tags
            edgeNode {
              slug
            }
          }
          load(range: $range, step: "PT5M") {
            samples
            nodes
            cpuPercent
            minHealthScore
            bandwidthOutBps
            maxBandwidthOutBps
            points {
              samples
            }
          }
          healthHistory(range: $range) {
            changes
            staleSeconds
            intervals {
              health
              to
            }
          }
        }
      }
    }
  }
  analytics {
    nodeLoad(range: $range, step: "PT1M") {
      samples
      nodes
      cpuPercent
      diskPercent
      bandwidthOutBps
      connections
    }
    nodesInTrouble {
      nodeName
      since
      edgeNode {
        slug
      }
      troubles {
        reason
        since
        percent
      }
    }
  }
}
    `) as unknown as TypedDocumentString<NodeLoadOfQuery, NodeLoadOfQueryVariables>;
export const NodeLoadOfAPageDocument = new TypedDocumentString(`
    query NodeLoadOfAPage($range: TimeRangeInput!) {
  edgeNodes(first: 3) {
    nodes {
      currentLoad {
        cpuPercent
        metadata
      }
      load(range: $range, step: "PT5M") {
        samples
      }
      healthHistory(range: $range) {
        changes
      }
    }
  }
  clusters(first: 3) {
    nodes {
      load(range: $range, step: "PT5M") {
        samples
      }
    }
  }
}
    `) as unknown as TypedDocumentString<NodeLoadOfAPageQuery, NodeLoadOfAPageQueryVariables>;
export const EdgeNodeLoadNowDocument = new TypedDocumentString(`
    subscription EdgeNodeLoadNow($id: ID!) {
  edgeNodeLoad(id: $id) {
    sample {
      cpuPercent
      connections
    }
  }
}
    `) as unknown as TypedDocumentString<EdgeNodeLoadNowSubscription, EdgeNodeLoadNowSubscriptionVariables>;
export const NotificationChangesDocument = new TypedDocumentString(`
    subscription NotificationChanges($filter: NotificationChangeFilter) {
  notificationChanged(filter: $filter, withStart: true) {
    __typename
    ... on NotificationChanged {
      kind
      dedupKey
      status
      failure
      attemptCount
      notification {
        channel {
          name
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<NotificationChangesSubscription, NotificationChangesSubscriptionVariables>;
export const DeploymentsToldDocument = new TypedDocumentString(`
    query DeploymentsTold($filter: PlatformEventFilter) {
  platformEvents(filter: $filter) {
    totalCount
    nodes {
      type
      service
      host
      version
      message
      body
      project {
        id
        slug
      }
      environment {
        slug
      }
    }
  }
  analytics {
    platformEvents(range: {last: "PT10M"}, step: "PT5M", filter: $filter) {
      count
      points {
        time
        count
      }
      groups {
        key
        count
      }
      byService: groups(by: SERVICE) {
        key
        count
        points {
          count
        }
      }
    }
    logLevels(range: {last: "PT10M"}, step: "PT5M") {
      levels {
        points {
          time
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DeploymentsToldQuery, DeploymentsToldQueryVariables>;
export const DeploymentPlacesDocument = new TypedDocumentString(`
    query DeploymentPlaces {
  platformEvents {
    totalCount
    nodes {
      version
      environment {
        slug
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DeploymentPlacesQuery, DeploymentPlacesQueryVariables>;
export const DeploymentsAddedDocument = new TypedDocumentString(`
    subscription DeploymentsAdded($filter: StoredPlatformEventFilter) {
  platformEventAdded(filter: $filter, withStart: true) {
    __typename
    ... on PlatformEventStored {
      event {
        version
        body
        project {
          slug
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DeploymentsAddedSubscription, DeploymentsAddedSubscriptionVariables>;
export const ProductDayDocument = new TypedDocumentString(`
    query ProductDay($funnel: [ProductEventFilter!]!) {
  productEvents(first: 2, filter: {eventType: {eq: "page_view"}}) {
    totalCount
    nodes {
      eventType
      userId
      sessionId
      properties
    }
  }
  analytics {
    productEvents(range: {last: "PT5M"}, step: "PT10S") {
      count
      users
      perSecond
      points {
        count
      }
      types {
        eventType
        count
        users
      }
    }
    productEventBreakdown(
      property: "page_url"
      filter: {eventType: {eq: "page_view"}}
    ) {
      count
      groups {
        value
        count
        users
      }
    }
    productFunnel(steps: $funnel) {
      users
      ofFirst
      ofPrevious
    }
    productRetention(timezone: "Europe/Amsterdam") {
      users
      returned
    }
  }
}
    `) as unknown as TypedDocumentString<ProductDayQuery, ProductDayQueryVariables>;
export const ProductRatesDocument = new TypedDocumentString(`
    subscription ProductRates {
  productEventRates {
    lastMinute
    types {
      eventType
      lastMinute
    }
  }
}
    `) as unknown as TypedDocumentString<ProductRatesSubscription, ProductRatesSubscriptionVariables>;
export const StreamHealthOfDocument = new TypedDocumentString(`
    query StreamHealthOf($id: ID!) {
  node(id: $id) {
    ... on Stream {
      rebuffering(range: {last: "PT10M"}) {
        rebufferings
        intervals {
          nodeName
          state
          to
        }
      }
      qualityChanges {
        nodeName
      }
      currentHealth {
        nodeName
        edgeNode {
          slug
        }
        healthScore
        fps
        bufferState
        packetsSent
        issues
      }
      health(range: {last: "PT10M"}, step: "PT10S") {
        samples
        healthScore
        minHealthScore
        maxHealthScore
        bitrateKbps
        fps
        packetLoss
        rebuffering
        samplesWithIssues
        points {
          samples
          packetLoss
        }
      }
    }
  }
  streamHealthIssues(filter: {stream: {eq: "camera"}}) {
    totalCount
    nodes {
      internalName
      issues
      healthScore
      packetsLost
    }
  }
  analytics {
    streamHealth(internalName: "camera", range: {last: "PT10M"}, step: "PT5M") {
      samples
      healthScore
      packetLoss
    }
  }
}
    `) as unknown as TypedDocumentString<StreamHealthOfQuery, StreamHealthOfQueryVariables>;
export const StreamHealthNowDocument = new TypedDocumentString(`
    subscription StreamHealthNow($id: ID!) {
  streamHealth(id: $id) {
    sample {
      healthScore
      bufferState
      fps
    }
  }
}
    `) as unknown as TypedDocumentString<StreamHealthNowSubscription, StreamHealthNowSubscriptionVariables>;
export const CreateStreamForHealthDocument = new TypedDocumentString(`
    mutation CreateStreamForHealth($input: CreateStreamInput!) {
  createStream(input: $input) {
    ... on CreateStreamPayload {
      stream {
        id
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CreateStreamForHealthMutation, CreateStreamForHealthMutationVariables>;
export const ProcessesMakeStreamDocument = new TypedDocumentString(`
    mutation ProcessesMakeStream($title: String!) {
  createStream(input: {title: $title}) {
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
    `) as unknown as TypedDocumentString<ProcessesMakeStreamMutation, ProcessesMakeStreamMutationVariables>;
export const ProcessesOpenDocument = new TypedDocumentString(`
    mutation ProcessesOpen($title: String!) {
  openIncident(input: {title: $title, severity: HIGH}) {
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
export const ProcessesViewersDocument = new TypedDocumentString(`
    subscription ProcessesViewers($id: ID!) {
  streamViewers(id: $id) {
    viewers
  }
}
    `) as unknown as TypedDocumentString<ProcessesViewersSubscription, ProcessesViewersSubscriptionVariables>;
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
export const ProcessesIncidentNumbersDocument = new TypedDocumentString(`
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
    `) as unknown as TypedDocumentString<ProcessesIncidentNumbersSubscription, ProcessesIncidentNumbersSubscriptionVariables>;
export const LogTailDocument = new TypedDocumentString(`
    subscription LogTail($filter: StoredLogEventFilter, $after: String) {
  logAdded(filter: $filter, after: $after, withStart: true) {
    __typename
    ... on LogEventStored {
      cursor
      event {
        message
        level
        attributes {
          name
          value
        }
        logContext(before: 1, after: 0) {
          message
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<LogTailSubscription, LogTailSubscriptionVariables>;
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
      countryCode
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