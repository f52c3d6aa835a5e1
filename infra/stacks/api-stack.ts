import {
  aws_apigatewayv2 as gateway,
  aws_logs as logs,
  aws_route53 as route53,
  aws_ssm as ssm,
  CfnOutput,
  RemovalPolicy,
  Stack,
  type StackProps,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { basePaths } from '#contract/base-paths.ts';
import { certificateArnIn } from '../constructs/certificate.ts';
import { apiParameter } from '../constructs/function-routes.ts';
import type { Names } from '../names.ts';
import type { Settings } from '../settings.ts';

type ApiProps = StackProps & {
  readonly settings: Settings;
  readonly names: Names;
};

/** The key of a mapping has no leading slash. */
const mappings = basePaths.map((path) => path.slice(1));

/** The API, its domain and its log. The stacks of the areas add their functions' routes, and find it by a parameter. */
export class ApiStack extends Stack {
  constructor(scope: Construct, id: string, { settings, names, ...props }: ApiProps) {
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
    const stage = this.#stage(api, settings, names);
    if (settings.domain !== undefined) this.#domain({ api, stage }, settings.domain, { settings, names });
    new ssm.StringParameter(this, 'ApiParameter', {
      parameterName: apiParameter(names),
      stringValue: api.ref,
      description: 'The API to which the stacks of the areas add routes',
    });
    new CfnOutput(this, 'ApiUrl', {
      value: settings.domain === undefined ? api.attrApiEndpoint : settings.publicUrl,
      description: 'Base URL of the API',
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
