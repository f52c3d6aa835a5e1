import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Resource } from '../contract/resource.ts';
import type { Prefetch } from '../dynamodb/early-reads.ts';
import type { AnyHandler } from './decide.ts';
import type { Handlers } from './handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../runtime/dependencies.ts';
import { pipeline } from './pipeline.ts';

export type ApiHandler = middy.MiddyfiedHandler<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>;

/** Joins a resource's contract and handlers to a Lambda handler; what comes from outside is the last argument. */
export function serve<R extends Resource>(
  of: R,
  handlers: Handlers<R>,
  dependencies: Dependencies & { readonly prefetch?: Prefetch } = dependenciesFromEnvironment(),
): ApiHandler {
  const byRoute: Readonly<Record<string, AnyHandler>> = handlers;
  const run = pipeline(of, byRoute, dependencies, dependencies.prefetch);
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>().handler((event) => run(event));
}
