/* eslint-disable */
import * as types from './graphql.ts';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  mutation OpenIncidentForPage($input: OpenIncidentInput!) {\n    openIncident(input: $input) {\n      __typename\n    }\n  }\n": typeof types.OpenIncidentForPageDocument,
    "\n  query ViewersNowBy($by: ViewersBy!, $first: Int! = 100) {\n    analytics {\n      viewersNow(by: $by, first: $first) {\n        total\n        groups {\n          key\n          viewers\n          stream {\n            title\n          }\n          edgeNode {\n            name\n          }\n        }\n      }\n    }\n  }\n": typeof types.ViewersNowByDocument,
    "\n  query StreamSeries($name: String!, $range: TimeRangeInput, $step: Duration, $timezone: String) {\n    streamByInternalName(internalName: $name) {\n      viewers(range: $range, step: $step, timezone: $timezone) {\n        from\n        to\n        step\n        timezone\n        peak\n        samples\n        minutes\n        viewerMinutes\n        points {\n          time\n          average\n          peak\n          samples\n          minutes\n          viewerMinutes\n        }\n      }\n    }\n  }\n": typeof types.StreamSeriesDocument,
    "\n  query SeriesByName($name: String!) {\n    analytics {\n      viewers(internalName: $name, range: { last: \"PT1H\" }, step: \"PT5M\") {\n        peak\n        samples\n        countries {\n          countryCode\n          viewerMinutes\n        }\n      }\n    }\n  }\n": typeof types.SeriesByNameDocument,
    "\n  query PageWithViewers {\n    streams(first: 20) {\n      nodes {\n        internalName\n        viewers(range: { last: \"PT1H\" }, step: \"PT5M\") {\n          peak\n        }\n      }\n    }\n  }\n": typeof types.PageWithViewersDocument,
    "\n  query LogWithEdges($filter: AuditEntryFilter, $first: Int) {\n    auditLog(filter: $filter, first: $first) {\n      totalCount\n      nodes {\n        id\n        action\n        outcome\n        code\n        actor {\n          kind\n          name\n          actorId\n          user {\n            id\n          }\n          apiKey {\n            name\n          }\n        }\n        resourceType\n        resourceId\n        resource {\n          __typename\n          id\n          ... on Incident {\n            title\n          }\n        }\n      }\n    }\n  }\n": typeof types.LogWithEdgesDocument,
    "\n  query EntryById($id: ID!) {\n    node(id: $id) {\n      __typename\n      ... on AuditEntry {\n        action\n      }\n    }\n  }\n": typeof types.EntryByIdDocument,
    "\n  mutation MadeByScope {\n    createStream(input: { title: \"A stream\" }) {\n      __typename\n      ... on Problem {\n        code\n        message\n        path\n      }\n    }\n  }\n": typeof types.MadeByScopeDocument,
    "\n  query OneNode($id: ID!) {\n    node(id: $id) {\n      id\n    }\n  }\n": typeof types.OneNodeDocument,
    "\n  query ManyNodes($ids: [ID!]!) {\n    nodes(ids: $ids) {\n      id\n    }\n  }\n": typeof types.ManyNodesDocument,
    "\n  query Timeline($id: ID!, $first: Int, $after: String, $last: Int) {\n    node(id: $id) {\n      ... on Incident {\n        version\n        status\n        occurrences\n        events(first: $first, after: $after, last: $last) {\n          nodes {\n            kind\n            version\n            before\n            after\n            note\n            actor\n          }\n          pageInfo {\n            endCursor\n            hasNextPage\n          }\n        }\n      }\n    }\n  }\n": typeof types.TimelineDocument,
    "\n  query IncidentByNumber($number: Int!) {\n    incident(number: $number) {\n      id\n      labels {\n        name\n        value\n      }\n      events(last: 1) {\n        nodes {\n          id\n          incident {\n            number\n          }\n        }\n      }\n    }\n  }\n": typeof types.IncidentByNumberDocument,
    "\n  query IncidentEventById($id: ID!) {\n    node(id: $id) {\n      __typename\n      ... on IncidentEvent {\n        kind\n        incident {\n          id\n        }\n      }\n    }\n  }\n": typeof types.IncidentEventByIdDocument,
    "\n  query WorstIncidentsFirst {\n    incidents(orderBy: { field: SEVERITY, direction: DESC }) {\n      nodes {\n        severity\n      }\n    }\n  }\n": typeof types.WorstIncidentsFirstDocument,
    "\n  query ClustersWithNodes {\n    clusters {\n      totalCount\n      nodes {\n        name\n        edgeNodes {\n          totalCount\n          nodes {\n            name\n            health\n            healthScore\n            cluster {\n              name\n            }\n          }\n        }\n      }\n    }\n  }\n": typeof types.ClustersWithNodesDocument,
    "\n  query LogLines(\n    $filter: LogFilter\n    $range: TimeRangeInput\n    $first: Int\n    $after: String\n    $last: Int\n    $before: String\n  ) {\n    logs(filter: $filter, range: $range, first: $first, after: $after, last: $last, before: $before) {\n      totalCount\n      edges {\n        cursor\n        node {\n          eventId\n          time\n          message\n          level\n          attributes {\n            name\n            value\n          }\n        }\n      }\n      pageInfo {\n        startCursor\n        endCursor\n        hasNextPage\n        hasPreviousPage\n      }\n    }\n  }\n": typeof types.LogLinesDocument,
    "\n  query Levels($filter: LogFilter) {\n    analytics {\n      logLevels(range: { last: \"PT1H\" }, step: \"PT5M\", filter: $filter) {\n        from\n        to\n        step\n        timezone\n        levels {\n          level\n          count\n          points {\n            count\n          }\n        }\n      }\n    }\n  }\n": typeof types.LevelsDocument,
    "\n  query ProductDay($funnel: [ProductEventFilter!]!) {\n    productEvents(first: 2, filter: { eventType: { eq: \"page_view\" } }) {\n      totalCount\n      nodes {\n        eventType\n        userId\n        sessionId\n        properties\n      }\n    }\n    analytics {\n      productEvents(range: { last: \"PT5M\" }, step: \"PT10S\") {\n        count\n        users\n        perSecond\n        points {\n          count\n        }\n        types {\n          eventType\n          count\n          users\n        }\n      }\n      productEventBreakdown(property: \"page_url\", filter: { eventType: { eq: \"page_view\" } }) {\n        count\n        groups {\n          value\n          count\n          users\n        }\n      }\n      productFunnel(steps: $funnel) {\n        users\n        ofFirst\n        ofPrevious\n      }\n      productRetention(timezone: \"Europe/Amsterdam\") {\n        users\n        returned\n      }\n    }\n  }\n": typeof types.ProductDayDocument,
    "\n  subscription ProductRates {\n    productEventRates {\n      lastMinute\n      types {\n        eventType\n        lastMinute\n      }\n    }\n  }\n": typeof types.ProductRatesDocument,
    "\n  mutation ProcessesMakeStream($title: String!) {\n    createStream(input: { title: $title }) {\n      ... on CreateStreamPayload {\n        stream {\n          id\n          internalName\n        }\n      }\n      ... on Problem {\n        message\n      }\n    }\n  }\n": typeof types.ProcessesMakeStreamDocument,
    "\n  mutation ProcessesOpen($title: String!) {\n    openIncident(input: { title: $title, severity: HIGH }) {\n      __typename\n      ... on OpenIncidentPayload {\n        incident {\n          id\n        }\n      }\n      ... on Problem {\n        message\n      }\n    }\n  }\n": typeof types.ProcessesOpenDocument,
    "\n  mutation ProcessesChange($id: ID!, $status: IncidentStatus!) {\n    changeIncidentStatus(input: { id: $id, status: $status }) {\n      __typename\n      ... on Problem {\n        message\n      }\n    }\n  }\n": typeof types.ProcessesChangeDocument,
    "\n  query ProcessesIncidents {\n    incidents(first: 5) {\n      totalCount\n      nodes {\n        title\n      }\n    }\n  }\n": typeof types.ProcessesIncidentsDocument,
    "\n  subscription ProcessesIncidentChanges($after: String) {\n    incidentChanged(after: $after) {\n      __typename\n      ... on IncidentChanged {\n        cursor\n        number\n        version\n        kind\n      }\n      ... on Resync {\n        reason\n      }\n    }\n  }\n": typeof types.ProcessesIncidentChangesDocument,
    "\n  subscription ProcessesViewers($id: ID!) {\n    streamViewers(id: $id) {\n      viewers\n    }\n  }\n": typeof types.ProcessesViewersDocument,
    "\n  query ProcessesRows($name: String!) {\n    streamByInternalName(internalName: $name) {\n      viewers(range: { last: \"PT1H\" }, step: \"PT5M\") {\n        samples\n      }\n    }\n    logs(range: { last: \"PT1H\" }, first: 1) {\n      totalCount\n    }\n  }\n": typeof types.ProcessesRowsDocument,
    "\n  subscription ProcessesIncidentNumbers($after: String) {\n    incidentChanged(after: $after, withStart: true) {\n      __typename\n      ... on IncidentChanged {\n        cursor\n        number\n      }\n      ... on Resync {\n        reason\n        cursor\n      }\n    }\n  }\n": typeof types.ProcessesIncidentNumbersDocument,
    "\n  subscription Resumed($after: String) {\n    incidentChanged(after: $after) {\n      __typename\n      ... on IncidentChanged {\n        cursor\n        number\n      }\n      ... on Resync {\n        reason\n      }\n    }\n  }\n": typeof types.ResumedDocument,
    "\n  subscription SliceViewers($id: ID!) {\n    streamViewers(id: $id) {\n      viewers\n      byCountry {\n        countryCode\n        viewers\n      }\n    }\n  }\n": typeof types.SliceViewersDocument,
    "\n  query ViewersNow($name: String!) {\n    analytics {\n      viewersNow(by: STREAM) {\n        total\n        groups {\n          key\n          viewers\n          stream {\n            id\n          }\n        }\n      }\n    }\n    streamByInternalName(internalName: $name) {\n      viewersNow\n      viewers(range: { last: \"PT1H\" }, step: \"PT5M\") {\n        peak\n        average\n        samples\n        countries {\n          countryCode\n          peak\n        }\n      }\n    }\n  }\n": typeof types.ViewersNowDocument,
};
const documents: Documents = {
    "\n  mutation OpenIncidentForPage($input: OpenIncidentInput!) {\n    openIncident(input: $input) {\n      __typename\n    }\n  }\n": types.OpenIncidentForPageDocument,
    "\n  query ViewersNowBy($by: ViewersBy!, $first: Int! = 100) {\n    analytics {\n      viewersNow(by: $by, first: $first) {\n        total\n        groups {\n          key\n          viewers\n          stream {\n            title\n          }\n          edgeNode {\n            name\n          }\n        }\n      }\n    }\n  }\n": types.ViewersNowByDocument,
    "\n  query StreamSeries($name: String!, $range: TimeRangeInput, $step: Duration, $timezone: String) {\n    streamByInternalName(internalName: $name) {\n      viewers(range: $range, step: $step, timezone: $timezone) {\n        from\n        to\n        step\n        timezone\n        peak\n        samples\n        minutes\n        viewerMinutes\n        points {\n          time\n          average\n          peak\n          samples\n          minutes\n          viewerMinutes\n        }\n      }\n    }\n  }\n": types.StreamSeriesDocument,
    "\n  query SeriesByName($name: String!) {\n    analytics {\n      viewers(internalName: $name, range: { last: \"PT1H\" }, step: \"PT5M\") {\n        peak\n        samples\n        countries {\n          countryCode\n          viewerMinutes\n        }\n      }\n    }\n  }\n": types.SeriesByNameDocument,
    "\n  query PageWithViewers {\n    streams(first: 20) {\n      nodes {\n        internalName\n        viewers(range: { last: \"PT1H\" }, step: \"PT5M\") {\n          peak\n        }\n      }\n    }\n  }\n": types.PageWithViewersDocument,
    "\n  query LogWithEdges($filter: AuditEntryFilter, $first: Int) {\n    auditLog(filter: $filter, first: $first) {\n      totalCount\n      nodes {\n        id\n        action\n        outcome\n        code\n        actor {\n          kind\n          name\n          actorId\n          user {\n            id\n          }\n          apiKey {\n            name\n          }\n        }\n        resourceType\n        resourceId\n        resource {\n          __typename\n          id\n          ... on Incident {\n            title\n          }\n        }\n      }\n    }\n  }\n": types.LogWithEdgesDocument,
    "\n  query EntryById($id: ID!) {\n    node(id: $id) {\n      __typename\n      ... on AuditEntry {\n        action\n      }\n    }\n  }\n": types.EntryByIdDocument,
    "\n  mutation MadeByScope {\n    createStream(input: { title: \"A stream\" }) {\n      __typename\n      ... on Problem {\n        code\n        message\n        path\n      }\n    }\n  }\n": types.MadeByScopeDocument,
    "\n  query OneNode($id: ID!) {\n    node(id: $id) {\n      id\n    }\n  }\n": types.OneNodeDocument,
    "\n  query ManyNodes($ids: [ID!]!) {\n    nodes(ids: $ids) {\n      id\n    }\n  }\n": types.ManyNodesDocument,
    "\n  query Timeline($id: ID!, $first: Int, $after: String, $last: Int) {\n    node(id: $id) {\n      ... on Incident {\n        version\n        status\n        occurrences\n        events(first: $first, after: $after, last: $last) {\n          nodes {\n            kind\n            version\n            before\n            after\n            note\n            actor\n          }\n          pageInfo {\n            endCursor\n            hasNextPage\n          }\n        }\n      }\n    }\n  }\n": types.TimelineDocument,
    "\n  query IncidentByNumber($number: Int!) {\n    incident(number: $number) {\n      id\n      labels {\n        name\n        value\n      }\n      events(last: 1) {\n        nodes {\n          id\n          incident {\n            number\n          }\n        }\n      }\n    }\n  }\n": types.IncidentByNumberDocument,
    "\n  query IncidentEventById($id: ID!) {\n    node(id: $id) {\n      __typename\n      ... on IncidentEvent {\n        kind\n        incident {\n          id\n        }\n      }\n    }\n  }\n": types.IncidentEventByIdDocument,
    "\n  query WorstIncidentsFirst {\n    incidents(orderBy: { field: SEVERITY, direction: DESC }) {\n      nodes {\n        severity\n      }\n    }\n  }\n": types.WorstIncidentsFirstDocument,
    "\n  query ClustersWithNodes {\n    clusters {\n      totalCount\n      nodes {\n        name\n        edgeNodes {\n          totalCount\n          nodes {\n            name\n            health\n            healthScore\n            cluster {\n              name\n            }\n          }\n        }\n      }\n    }\n  }\n": types.ClustersWithNodesDocument,
    "\n  query LogLines(\n    $filter: LogFilter\n    $range: TimeRangeInput\n    $first: Int\n    $after: String\n    $last: Int\n    $before: String\n  ) {\n    logs(filter: $filter, range: $range, first: $first, after: $after, last: $last, before: $before) {\n      totalCount\n      edges {\n        cursor\n        node {\n          eventId\n          time\n          message\n          level\n          attributes {\n            name\n            value\n          }\n        }\n      }\n      pageInfo {\n        startCursor\n        endCursor\n        hasNextPage\n        hasPreviousPage\n      }\n    }\n  }\n": types.LogLinesDocument,
    "\n  query Levels($filter: LogFilter) {\n    analytics {\n      logLevels(range: { last: \"PT1H\" }, step: \"PT5M\", filter: $filter) {\n        from\n        to\n        step\n        timezone\n        levels {\n          level\n          count\n          points {\n            count\n          }\n        }\n      }\n    }\n  }\n": types.LevelsDocument,
    "\n  query ProductDay($funnel: [ProductEventFilter!]!) {\n    productEvents(first: 2, filter: { eventType: { eq: \"page_view\" } }) {\n      totalCount\n      nodes {\n        eventType\n        userId\n        sessionId\n        properties\n      }\n    }\n    analytics {\n      productEvents(range: { last: \"PT5M\" }, step: \"PT10S\") {\n        count\n        users\n        perSecond\n        points {\n          count\n        }\n        types {\n          eventType\n          count\n          users\n        }\n      }\n      productEventBreakdown(property: \"page_url\", filter: { eventType: { eq: \"page_view\" } }) {\n        count\n        groups {\n          value\n          count\n          users\n        }\n      }\n      productFunnel(steps: $funnel) {\n        users\n        ofFirst\n        ofPrevious\n      }\n      productRetention(timezone: \"Europe/Amsterdam\") {\n        users\n        returned\n      }\n    }\n  }\n": types.ProductDayDocument,
    "\n  subscription ProductRates {\n    productEventRates {\n      lastMinute\n      types {\n        eventType\n        lastMinute\n      }\n    }\n  }\n": types.ProductRatesDocument,
    "\n  mutation ProcessesMakeStream($title: String!) {\n    createStream(input: { title: $title }) {\n      ... on CreateStreamPayload {\n        stream {\n          id\n          internalName\n        }\n      }\n      ... on Problem {\n        message\n      }\n    }\n  }\n": types.ProcessesMakeStreamDocument,
    "\n  mutation ProcessesOpen($title: String!) {\n    openIncident(input: { title: $title, severity: HIGH }) {\n      __typename\n      ... on OpenIncidentPayload {\n        incident {\n          id\n        }\n      }\n      ... on Problem {\n        message\n      }\n    }\n  }\n": types.ProcessesOpenDocument,
    "\n  mutation ProcessesChange($id: ID!, $status: IncidentStatus!) {\n    changeIncidentStatus(input: { id: $id, status: $status }) {\n      __typename\n      ... on Problem {\n        message\n      }\n    }\n  }\n": types.ProcessesChangeDocument,
    "\n  query ProcessesIncidents {\n    incidents(first: 5) {\n      totalCount\n      nodes {\n        title\n      }\n    }\n  }\n": types.ProcessesIncidentsDocument,
    "\n  subscription ProcessesIncidentChanges($after: String) {\n    incidentChanged(after: $after) {\n      __typename\n      ... on IncidentChanged {\n        cursor\n        number\n        version\n        kind\n      }\n      ... on Resync {\n        reason\n      }\n    }\n  }\n": types.ProcessesIncidentChangesDocument,
    "\n  subscription ProcessesViewers($id: ID!) {\n    streamViewers(id: $id) {\n      viewers\n    }\n  }\n": types.ProcessesViewersDocument,
    "\n  query ProcessesRows($name: String!) {\n    streamByInternalName(internalName: $name) {\n      viewers(range: { last: \"PT1H\" }, step: \"PT5M\") {\n        samples\n      }\n    }\n    logs(range: { last: \"PT1H\" }, first: 1) {\n      totalCount\n    }\n  }\n": types.ProcessesRowsDocument,
    "\n  subscription ProcessesIncidentNumbers($after: String) {\n    incidentChanged(after: $after, withStart: true) {\n      __typename\n      ... on IncidentChanged {\n        cursor\n        number\n      }\n      ... on Resync {\n        reason\n        cursor\n      }\n    }\n  }\n": types.ProcessesIncidentNumbersDocument,
    "\n  subscription Resumed($after: String) {\n    incidentChanged(after: $after) {\n      __typename\n      ... on IncidentChanged {\n        cursor\n        number\n      }\n      ... on Resync {\n        reason\n      }\n    }\n  }\n": types.ResumedDocument,
    "\n  subscription SliceViewers($id: ID!) {\n    streamViewers(id: $id) {\n      viewers\n      byCountry {\n        countryCode\n        viewers\n      }\n    }\n  }\n": types.SliceViewersDocument,
    "\n  query ViewersNow($name: String!) {\n    analytics {\n      viewersNow(by: STREAM) {\n        total\n        groups {\n          key\n          viewers\n          stream {\n            id\n          }\n        }\n      }\n    }\n    streamByInternalName(internalName: $name) {\n      viewersNow\n      viewers(range: { last: \"PT1H\" }, step: \"PT5M\") {\n        peak\n        average\n        samples\n        countries {\n          countryCode\n          peak\n        }\n      }\n    }\n  }\n": types.ViewersNowDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation OpenIncidentForPage($input: OpenIncidentInput!) {\n    openIncident(input: $input) {\n      __typename\n    }\n  }\n"): typeof import('./graphql.ts').OpenIncidentForPageDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ViewersNowBy($by: ViewersBy!, $first: Int! = 100) {\n    analytics {\n      viewersNow(by: $by, first: $first) {\n        total\n        groups {\n          key\n          viewers\n          stream {\n            title\n          }\n          edgeNode {\n            name\n          }\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.ts').ViewersNowByDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query StreamSeries($name: String!, $range: TimeRangeInput, $step: Duration, $timezone: String) {\n    streamByInternalName(internalName: $name) {\n      viewers(range: $range, step: $step, timezone: $timezone) {\n        from\n        to\n        step\n        timezone\n        peak\n        samples\n        minutes\n        viewerMinutes\n        points {\n          time\n          average\n          peak\n          samples\n          minutes\n          viewerMinutes\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.ts').StreamSeriesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query SeriesByName($name: String!) {\n    analytics {\n      viewers(internalName: $name, range: { last: \"PT1H\" }, step: \"PT5M\") {\n        peak\n        samples\n        countries {\n          countryCode\n          viewerMinutes\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.ts').SeriesByNameDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PageWithViewers {\n    streams(first: 20) {\n      nodes {\n        internalName\n        viewers(range: { last: \"PT1H\" }, step: \"PT5M\") {\n          peak\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.ts').PageWithViewersDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query LogWithEdges($filter: AuditEntryFilter, $first: Int) {\n    auditLog(filter: $filter, first: $first) {\n      totalCount\n      nodes {\n        id\n        action\n        outcome\n        code\n        actor {\n          kind\n          name\n          actorId\n          user {\n            id\n          }\n          apiKey {\n            name\n          }\n        }\n        resourceType\n        resourceId\n        resource {\n          __typename\n          id\n          ... on Incident {\n            title\n          }\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.ts').LogWithEdgesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query EntryById($id: ID!) {\n    node(id: $id) {\n      __typename\n      ... on AuditEntry {\n        action\n      }\n    }\n  }\n"): typeof import('./graphql.ts').EntryByIdDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation MadeByScope {\n    createStream(input: { title: \"A stream\" }) {\n      __typename\n      ... on Problem {\n        code\n        message\n        path\n      }\n    }\n  }\n"): typeof import('./graphql.ts').MadeByScopeDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query OneNode($id: ID!) {\n    node(id: $id) {\n      id\n    }\n  }\n"): typeof import('./graphql.ts').OneNodeDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ManyNodes($ids: [ID!]!) {\n    nodes(ids: $ids) {\n      id\n    }\n  }\n"): typeof import('./graphql.ts').ManyNodesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Timeline($id: ID!, $first: Int, $after: String, $last: Int) {\n    node(id: $id) {\n      ... on Incident {\n        version\n        status\n        occurrences\n        events(first: $first, after: $after, last: $last) {\n          nodes {\n            kind\n            version\n            before\n            after\n            note\n            actor\n          }\n          pageInfo {\n            endCursor\n            hasNextPage\n          }\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.ts').TimelineDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query IncidentByNumber($number: Int!) {\n    incident(number: $number) {\n      id\n      labels {\n        name\n        value\n      }\n      events(last: 1) {\n        nodes {\n          id\n          incident {\n            number\n          }\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.ts').IncidentByNumberDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query IncidentEventById($id: ID!) {\n    node(id: $id) {\n      __typename\n      ... on IncidentEvent {\n        kind\n        incident {\n          id\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.ts').IncidentEventByIdDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query WorstIncidentsFirst {\n    incidents(orderBy: { field: SEVERITY, direction: DESC }) {\n      nodes {\n        severity\n      }\n    }\n  }\n"): typeof import('./graphql.ts').WorstIncidentsFirstDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ClustersWithNodes {\n    clusters {\n      totalCount\n      nodes {\n        name\n        edgeNodes {\n          totalCount\n          nodes {\n            name\n            health\n            healthScore\n            cluster {\n              name\n            }\n          }\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.ts').ClustersWithNodesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query LogLines(\n    $filter: LogFilter\n    $range: TimeRangeInput\n    $first: Int\n    $after: String\n    $last: Int\n    $before: String\n  ) {\n    logs(filter: $filter, range: $range, first: $first, after: $after, last: $last, before: $before) {\n      totalCount\n      edges {\n        cursor\n        node {\n          eventId\n          time\n          message\n          level\n          attributes {\n            name\n            value\n          }\n        }\n      }\n      pageInfo {\n        startCursor\n        endCursor\n        hasNextPage\n        hasPreviousPage\n      }\n    }\n  }\n"): typeof import('./graphql.ts').LogLinesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Levels($filter: LogFilter) {\n    analytics {\n      logLevels(range: { last: \"PT1H\" }, step: \"PT5M\", filter: $filter) {\n        from\n        to\n        step\n        timezone\n        levels {\n          level\n          count\n          points {\n            count\n          }\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.ts').LevelsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ProductDay($funnel: [ProductEventFilter!]!) {\n    productEvents(first: 2, filter: { eventType: { eq: \"page_view\" } }) {\n      totalCount\n      nodes {\n        eventType\n        userId\n        sessionId\n        properties\n      }\n    }\n    analytics {\n      productEvents(range: { last: \"PT5M\" }, step: \"PT10S\") {\n        count\n        users\n        perSecond\n        points {\n          count\n        }\n        types {\n          eventType\n          count\n          users\n        }\n      }\n      productEventBreakdown(property: \"page_url\", filter: { eventType: { eq: \"page_view\" } }) {\n        count\n        groups {\n          value\n          count\n          users\n        }\n      }\n      productFunnel(steps: $funnel) {\n        users\n        ofFirst\n        ofPrevious\n      }\n      productRetention(timezone: \"Europe/Amsterdam\") {\n        users\n        returned\n      }\n    }\n  }\n"): typeof import('./graphql.ts').ProductDayDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription ProductRates {\n    productEventRates {\n      lastMinute\n      types {\n        eventType\n        lastMinute\n      }\n    }\n  }\n"): typeof import('./graphql.ts').ProductRatesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ProcessesMakeStream($title: String!) {\n    createStream(input: { title: $title }) {\n      ... on CreateStreamPayload {\n        stream {\n          id\n          internalName\n        }\n      }\n      ... on Problem {\n        message\n      }\n    }\n  }\n"): typeof import('./graphql.ts').ProcessesMakeStreamDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ProcessesOpen($title: String!) {\n    openIncident(input: { title: $title, severity: HIGH }) {\n      __typename\n      ... on OpenIncidentPayload {\n        incident {\n          id\n        }\n      }\n      ... on Problem {\n        message\n      }\n    }\n  }\n"): typeof import('./graphql.ts').ProcessesOpenDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ProcessesChange($id: ID!, $status: IncidentStatus!) {\n    changeIncidentStatus(input: { id: $id, status: $status }) {\n      __typename\n      ... on Problem {\n        message\n      }\n    }\n  }\n"): typeof import('./graphql.ts').ProcessesChangeDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ProcessesIncidents {\n    incidents(first: 5) {\n      totalCount\n      nodes {\n        title\n      }\n    }\n  }\n"): typeof import('./graphql.ts').ProcessesIncidentsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription ProcessesIncidentChanges($after: String) {\n    incidentChanged(after: $after) {\n      __typename\n      ... on IncidentChanged {\n        cursor\n        number\n        version\n        kind\n      }\n      ... on Resync {\n        reason\n      }\n    }\n  }\n"): typeof import('./graphql.ts').ProcessesIncidentChangesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription ProcessesViewers($id: ID!) {\n    streamViewers(id: $id) {\n      viewers\n    }\n  }\n"): typeof import('./graphql.ts').ProcessesViewersDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ProcessesRows($name: String!) {\n    streamByInternalName(internalName: $name) {\n      viewers(range: { last: \"PT1H\" }, step: \"PT5M\") {\n        samples\n      }\n    }\n    logs(range: { last: \"PT1H\" }, first: 1) {\n      totalCount\n    }\n  }\n"): typeof import('./graphql.ts').ProcessesRowsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription ProcessesIncidentNumbers($after: String) {\n    incidentChanged(after: $after, withStart: true) {\n      __typename\n      ... on IncidentChanged {\n        cursor\n        number\n      }\n      ... on Resync {\n        reason\n        cursor\n      }\n    }\n  }\n"): typeof import('./graphql.ts').ProcessesIncidentNumbersDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription Resumed($after: String) {\n    incidentChanged(after: $after) {\n      __typename\n      ... on IncidentChanged {\n        cursor\n        number\n      }\n      ... on Resync {\n        reason\n      }\n    }\n  }\n"): typeof import('./graphql.ts').ResumedDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription SliceViewers($id: ID!) {\n    streamViewers(id: $id) {\n      viewers\n      byCountry {\n        countryCode\n        viewers\n      }\n    }\n  }\n"): typeof import('./graphql.ts').SliceViewersDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ViewersNow($name: String!) {\n    analytics {\n      viewersNow(by: STREAM) {\n        total\n        groups {\n          key\n          viewers\n          stream {\n            id\n          }\n        }\n      }\n    }\n    streamByInternalName(internalName: $name) {\n      viewersNow\n      viewers(range: { last: \"PT1H\" }, step: \"PT5M\") {\n        peak\n        average\n        samples\n        countries {\n          countryCode\n          peak\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.ts').ViewersNowDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
