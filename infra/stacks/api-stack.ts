import {
  aws_apigatewayv2 as gateway,
  type aws_logs as logs,
  aws_route53 as route53,
  aws_ssm as ssm,
  CfnOutput,
  Stack,
  type StackProps,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { basePaths } from '#contract/base-paths.ts';
import { voipbin } from '#contract/voipbin.ts';
import { certificateArnIn } from '../constructs/certificate.ts';
import { logGroupOf } from '../constructs/log-group.ts';
import { apiParameter } from '../constructs/public-url.ts';
import type { Names } from '../names.ts';
import { settingsParameter, type Settings } from '../settings.ts';

type ApiProps = StackProps & {
  readonly settings: Settings;
  readonly names: Names;
};

/** The key of a mapping has no leading slash. */
const keyOf = (path: string): string => path.slice(1);
const mappings = basePaths.map(keyOf);
const voipbinKey = keyOf(voipbin.basePath);

type StageProps = Pick<ApiProps, 'settings'> & { readonly api: gateway.CfnApi; readonly logGroup: logs.LogGroup };

/** The stage of all base paths but one, and that of `/v1.0`. */
type Stages = { readonly main: gateway.CfnStage; readonly voipbin: gateway.CfnStage };

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
              allowHeaders: [
                'authorization',
                'content-type',
                'accept',
                'if-match',
                'if-none-match',
                'idempotency-key',
                'prefer',
              ],
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
    const logGroup = logGroupOf(this, 'AccessLog', { settings, logGroupName: names.accessLog });
    const main = this.#stage('Stage', '$default', { api, settings, logGroup });
    const stages = { main, voipbin: this.#stage('VoipbinStage', voipbin.stage, { api, settings, logGroup }) };
    if (settings.domain !== undefined) this.#domain({ api, stages }, settings.domain, { settings, names });
    // Among the first stacks: what a deployment adds is never without its record.
    new ssm.StringParameter(this, 'SettingsParameter', {
      parameterName: names.parameter(settingsParameter),
      stringValue: JSON.stringify(settings.given),
      // Over 4 KB a parameter is an advanced one.
      tier: ssm.ParameterTier.INTELLIGENT_TIERING,
      description: 'The settings of the stage, with which `npm run deploy` compares those of the next deployment',
    });
    new ssm.StringParameter(this, 'ApiParameter', {
      parameterName: apiParameter(names),
      stringValue: api.ref,
      description: 'The API to which the stacks of the areas add routes',
    });
    new CfnOutput(this, 'ApiUrl', {
      value: settings.domain === undefined ? api.attrApiEndpoint : `https://${settings.domain}`,
      description: 'Base URL of the API',
    });
  }

  #stage(id: string, stageName: string, { api, settings, logGroup }: StageProps): gateway.CfnStage {
    const { requestsPerSecond } = settings;
    return new gateway.CfnStage(this, id, {
      apiId: api.ref,
      stageName,
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
    { api, stages }: { readonly api: gateway.CfnApi; readonly stages: Stages },
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
        stage: (key === voipbinKey ? stages.voipbin : stages.main).ref,
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
