import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Resource } from '../contract/resource.ts';
import type { Prefetch } from '../dynamodb/prefetch.ts';
import type { AnyHandler, Handlers } from './handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../runtime/dependencies.ts';
import { pipeline } from './pipeline.ts';

export type ApiHandler = middy.MiddyfiedHandler<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>;

/** Makes the Lambda handler of a resource from its contract and its handlers. */
export function serve<R extends Resource>(
  of: R,
  handlers: Handlers<R>,
  dependencies: Dependencies & { readonly prefetch?: Prefetch } = dependenciesFromEnvironment(),
): ApiHandler {
  const byRoute: Readonly<Record<string, AnyHandler>> = handlers;
  const run = pipeline(of, byRoute, dependencies, dependencies.prefetch);
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>().handler((event) => run(event));
}
