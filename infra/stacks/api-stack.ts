import {
  aws_apigatewayv2 as gateway,
  aws_lambda as lambda,
  aws_logs as logs,
  aws_route53 as route53,
  CfnOutput,
  RemovalPolicy,
  Stack,
  Validations,
  type StackProps,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { routeKeysOf } from '#contract/endpoint.ts';
import { basePaths } from '#contract/base-paths.ts';
import type { Resource } from '#contract/resource.ts';
import { certificateArnIn } from '../constructs/certificate.ts';
import { functionArn, liveAlias, type Names } from '../names.ts';
import type { Settings } from '../settings.ts';

type ApiProps = StackProps & {
  readonly settings: Settings;
  readonly names: Names;
  readonly resources: readonly Resource[];
};

/** The key of a mapping has no leading slash. */
const mappings = basePaths.map((path) => path.slice(1));

/** Every route of the platform. It names the functions by their fixed names, so no stack exports anything. */
export class ApiStack extends Stack {
  constructor(scope: Construct, id: string, { settings, names, resources, ...props }: ApiProps) {
    super(scope, id, props);
    const api = new gateway.CfnApi(this, 'Api', {
      name: names.function('api'),
      protocolType: 'HTTP',
      ...(settings.corsOrigins.length === 0
        ? {}
        : {
            corsConfiguration: {
              allowOrigins: [...settings.corsOrigins],
              allowMethods: ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'],
              allowHeaders: ['authorization', 'content-type', 'accept', 'if-match', 'if-none-match', 'idempotency-key'],
              exposeHeaders: [
                'etag',
                'retry-after',
                'x-request-id',
                'x-ratelimit-limit',
                'x-ratelimit-remaining',
                'x-ratelimit-reset',
                'idempotent-replayed',
              ],
              maxAge: 3_600,
            },
          }),
    });
    for (const resource of resources) this.#resource(api, resource, names);
    const stage = this.#stage(api, settings, names);
    if (settings.domain !== undefined) this.#domain({ api, stage }, settings.domain, { settings, names });
    new CfnOutput(this, 'ApiUrl', {
      value: settings.domain === undefined ? api.attrApiEndpoint : settings.publicUrl,
      description: 'Base URL of the API',
    });
  }

  #resource(api: gateway.CfnApi, resource: Resource, names: Names): void {
    const name = names.function(resource.name);
    const target = resource.provisioned === true ? `${name}:${liveAlias}` : name;
    const integration = new gateway.CfnIntegration(this, `${resource.name}-integration`, {
      apiId: api.ref,
      integrationType: 'AWS_PROXY',
      integrationUri: functionArn(this, target),
      payloadFormatVersion: '2.0',
    });
    for (const routeKey of resource.endpoints.flatMap(routeKeysOf)) {
      const route = new gateway.CfnRoute(this, routeKey, {
        apiId: api.ref,
        routeKey,
        target: `integrations/${integration.ref}`,
      });
      Validations.of(route).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason: "Each function authenticates by itself: an authorizer's cache would keep a revoked token alive",
      });
    }
    new lambda.CfnPermission(this, `${resource.name}-permission`, {
      action: 'lambda:InvokeFunction',
      principal: 'apigateway.amazonaws.com',
      functionName: functionArn(this, target),
      sourceArn: this.formatArn({ service: 'execute-api', resource: api.ref, resourceName: '*' }),
    });
  }

  #stage(api: gateway.CfnApi, { requestsPerSecond }: Settings, names: Names): gateway.CfnStage {
    const logGroup = new logs.LogGroup(this, 'AccessLog', {
      logGroupName: names.accessLog,
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    return new gateway.CfnStage(this, 'Stage', {
      apiId: api.ref,
      stageName: '$default',
      autoDeploy: true,
      // The account's own limit is for all of its APIs together. The limits of tenants are the functions'.
      defaultRouteSettings: { throttlingRateLimit: requestsPerSecond, throttlingBurstLimit: 2 * requestsPerSecond },
      // The route, never the path or the query: both may contain secrets or personal data.
      accessLogSettings: {
        destinationArn: logGroup.logGroupArn,
        format: JSON.stringify({
          requestId: '$context.requestId',
          time: '$context.requestTime',
          route: '$context.routeKey',
          status: '$context.status',
          latency: '$context.responseLatency',
          bytes: '$context.responseLength',
          // Not `messageString`, which has its own quotation marks: the line would be no JSON, and no alarm count it.
          error: '$context.error.message',
          integrationError: '$context.integrationErrorMessage',
        }),
      },
    });
  }

  #domain(
    { api, stage }: { readonly api: gateway.CfnApi; readonly stage: gateway.CfnStage },
    domain: string,
    { settings, names }: Pick<ApiProps, 'settings' | 'names'>,
  ): void {
    const certificateArn = certificateArnIn(this, settings, names);
    const name = new gateway.CfnDomainName(this, 'Domain', {
      domainName: domain,
      domainNameConfigurations: [{ certificateArn, endpointType: 'REGIONAL', securityPolicy: 'TLS_1_2' }],
    });
    for (const [at, key] of ['', ...mappings].entries())
      new gateway.CfnApiMapping(this, `Mapping${at}`, {
        apiId: api.ref,
        domainName: name.ref,
        stage: stage.ref,
        ...(key === '' ? {} : { apiMappingKey: key }),
      });
    const { attrRegionalDomainName: dnsName, attrRegionalHostedZoneId } = name;
    new CfnOutput(this, 'BasePaths', { value: basePaths.join(','), description: 'Prefixes that every path may have' });
    new CfnOutput(this, 'DomainTarget', { value: dnsName, description: `Point ${domain} here` });
    if (settings.hostedZoneId !== undefined)
      new route53.CfnRecordSet(this, 'AddressRecord', {
        hostedZoneId: settings.hostedZoneId,
        name: domain,
        type: 'A',
        aliasTarget: { dnsName, hostedZoneId: attrRegionalHostedZoneId },
      });
  }
}
