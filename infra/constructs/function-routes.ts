import { aws_apigatewayv2 as gateway, aws_lambda as lambda, aws_ssm as ssm, Stack, Validations } from 'aws-cdk-lib';
import type { Names } from '../names.ts';
import type { PlatformFunction } from './platform-function.ts';
import { apiParameter } from './public-url.ts';

/**
 * Adds the routes of a function to the API. They refer to the function: a new function has them when it may be invoked,
 * and one that is renamed or removed is deleted after its routes are changed or deleted.
 *
 * While a deployment goes on, the routes of the former version stay, and are preferred to those of any method.
 *
 * @param routes keys, such as `GET /users/{id}`
 * @param target ARN of the function, or of its alias
 */
export function addRoutes(
  of: PlatformFunction,
  routes: readonly string[],
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
  for (const routeKey of routes) {
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
