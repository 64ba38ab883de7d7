/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
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