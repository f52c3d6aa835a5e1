import { aws_apigatewayv2 as gateway, aws_lambda as lambda, aws_ssm as ssm, Stack, Validations } from 'aws-cdk-lib';
import { routeKeysOf } from '#contract/endpoint.ts';
import type { Resource } from '#contract/resource.ts';
import type { Names } from '../names.ts';
import type { PlatformFunction } from './platform-function.ts';

/** The parameter of Systems Manager that has the id of the API. */
export const apiParameter = (names: Names): string => names.parameter('api/id');

/**
 * Adds the routes of a function to the API. They refer to the function: a new function has them when it may be invoked,
 * and one that is renamed or removed is deleted after its routes are changed or deleted.
 *
 * @param target ARN of the function, or of its alias
 */
export function addRoutes(
  of: PlatformFunction,
  { endpoints }: Resource,
  { names, target }: { readonly names: Names; readonly target: string },
): void {
  const apiId = ssm.StringParameter.valueForStringParameter(of, apiParameter(names));
  const integration = new gateway.CfnIntegration(of, 'Integration', {
    apiId,
    integrationType: 'AWS_PROXY',
    integrationUri: target,
    payloadFormatVersion: '2.0',
  });
  const permission = new lambda.CfnPermission(of, 'Permission', {
    action: 'lambda:InvokeFunction',
    principal: 'apigateway.amazonaws.com',
    functionName: target,
    sourceArn: Stack.of(of).formatArn({ service: 'execute-api', resource: apiId, resourceName: '*' }),
  });
  for (const routeKey of endpoints.flatMap(routeKeysOf)) {
    const route = new gateway.CfnRoute(of, routeKey, {
      apiId,
      routeKey,
      target: `integrations/${integration.ref}`,
    });
    route.addResourceDependency(permission);
    Validations.of(route).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason: "Each function authenticates by itself: an authorizer's cache would keep a revoked token alive",
    });
  }
}
