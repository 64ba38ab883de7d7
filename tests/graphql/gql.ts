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
    "\n  subscription ViewerMetrics($streamId: ID!) {\n    viewerMetrics(streamId: $streamId) {\n      viewers\n      byCountry {\n        key\n        viewers\n      }\n    }\n  }\n": typeof types.ViewerMetricsDocument,
    "\n  query ViewersNow($name: String!) {\n    analytics {\n      viewersNow(by: STREAM) {\n        total\n        groups {\n          key\n          viewers\n        }\n      }\n    }\n    streamByInternalName(internalName: $name) {\n      viewersNow\n      viewers(range: { last: \"PT1H\" }, step: \"PT5M\") {\n        peak\n        average\n        samples\n        countries {\n          countryCode\n          peak\n        }\n      }\n    }\n  }\n": typeof types.ViewersNowDocument,
};
const documents: Documents = {
    "\n  subscription ViewerMetrics($streamId: ID!) {\n    viewerMetrics(streamId: $streamId) {\n      viewers\n      byCountry {\n        key\n        viewers\n      }\n    }\n  }\n": types.ViewerMetricsDocument,
    "\n  query ViewersNow($name: String!) {\n    analytics {\n      viewersNow(by: STREAM) {\n        total\n        groups {\n          key\n          viewers\n        }\n      }\n    }\n    streamByInternalName(internalName: $name) {\n      viewersNow\n      viewers(range: { last: \"PT1H\" }, step: \"PT5M\") {\n        peak\n        average\n        samples\n        countries {\n          countryCode\n          peak\n        }\n      }\n    }\n  }\n": types.ViewersNowDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription ViewerMetrics($streamId: ID!) {\n    viewerMetrics(streamId: $streamId) {\n      viewers\n      byCountry {\n        key\n        viewers\n      }\n    }\n  }\n"): typeof import('./graphql.ts').ViewerMetricsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ViewersNow($name: String!) {\n    analytics {\n      viewersNow(by: STREAM) {\n        total\n        groups {\n          key\n          viewers\n        }\n      }\n    }\n    streamByInternalName(internalName: $name) {\n      viewersNow\n      viewers(range: { last: \"PT1H\" }, step: \"PT5M\") {\n        peak\n        average\n        samples\n        countries {\n          countryCode\n          peak\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.ts').ViewersNowDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
