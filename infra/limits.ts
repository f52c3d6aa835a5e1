import { Annotations, CfnResource, Stack, type App } from 'aws-cdk-lib';

/** Resources of a stack. CloudFormation's limit is 500, which no one can raise; the rest is for releases to come. */
const maxResources = 450;
/** Integrations of an HTTP API, one per function: a limit that no one can raise. */
const maxIntegrations = 300;
/**
 * Routes of an HTTP API in a new account. Service Quotas raises it for an API that exists (Amazon API Gateway Developer
 * Guide, "Quotas for configuring and running an HTTP API").
 */
export const routeQuota = { name: 'Routes per API', service: 'apigateway', code: 'L-65B5C802', value: 300 } as const;

const resourcesOf = (stack: Stack): CfnResource[] => stack.node.findAll().filter((each) => each instanceof CfnResource);

/**
 * Checks what AWS limits in templates, and warns if a quota of new accounts does not suffice.
 *
 * @throws Error naming the stack that has too many resources, or the number of integrations
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
export function assertLimits(app: App): void {
  const stacks = app.node.children.filter((each) => each instanceof Stack);
  for (const stack of stacks) {
    const count = resourcesOf(stack).length;
    if (count > maxResources)
      throw new Error(
        `${stack.stackName} has ${count} resources, of ${maxResources} at most: ` +
          'give its area another stack (infra/stacks/area-stack.ts)',
      );
  }
  const countOf = (type: string): number =>
    stacks.flatMap(resourcesOf).filter(({ cfnResourceType }) => cfnResourceType === `AWS::ApiGatewayV2::${type}`)
      .length;
  const integrations = countOf('Integration');
  if (integrations > maxIntegrations)
    throw new Error(`${integrations} functions have routes; an HTTP API has at most ${maxIntegrations} integrations`);
  const routes = countOf('Route');
  const { name, service, code, value } = routeQuota;
  if (routes > value)
    Annotations.of(app).addWarningV2(
      'trunkline:routes',
      `The API has ${routes} routes. A new account permits ${value}: request ${routes} for the quota "${name}" ` +
        `(aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} ` +
        `--desired-value ${routes})`,
    );
}
