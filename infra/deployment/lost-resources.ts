import { changesOf } from '../changes/changes.ts';
import type { DeclaredTemplate } from '../declared.ts';

/** What a deployment takes away: resources that it deletes, and those that CloudFormation replaces by others. */

/** The templates of a stage, by the names of their stacks. */
export type Templates = ReadonlyMap<string, DeclaredTemplate>;

export type LostResource = {
  readonly stack: string;
  readonly id: string;
  readonly type: string;
  /** `replaced`: another resource takes its place, with another address and without its data. */
  readonly how: 'deleted' | 'replaced';
};

/** Types of which each release deletes some, without any effect: CDK names a version by the code of its function. */
const passing: readonly string[] = ['AWS::Lambda::Version', 'AWS::CDK::Metadata'];
/** Types whose next revision has no address and no data, and takes the place of the one before. */
const revised: readonly string[] = ['AWS::ECS::TaskDefinition', 'AWS::Lambda::Permission'];

/** What the templates of a deployment take away from those that are deployed. A stack that they leave out stays. */
export const lostResources = (before: Templates, after: Templates): LostResource[] =>
  changesOf(before, after)
    .filter(({ type, change }) => !passing.includes(type) && (change === 'removed' || !revised.includes(type)))
    .map(({ stack, resource, type, change }) => ({
      ...{ stack, id: resource, type },
      how: change === 'removed' ? 'deleted' : change,
    }));

/** Words of people who do not read templates, for the types that they would miss. */
const words: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::ApiMapping': 'base path of the API',
  'AWS::ApiGatewayV2::DomainName': 'custom domain of the API',
  'AWS::Backup::BackupPlan': 'backup plan',
  'AWS::Budgets::Budget': 'budget',
  'AWS::CertificateManager::Certificate': 'certificate',
  'AWS::CloudWatch::Alarm': 'alarm',
  'AWS::CodeDeploy::DeploymentGroup': 'roll-back of a function',
  'AWS::EC2::EIP': 'fixed address',
  'AWS::EC2::NatGateway': 'NAT gateway',
  'AWS::EC2::Subnet': 'subnet',
  'AWS::ECS::Service': 'service with its tasks',
  'AWS::ElasticLoadBalancingV2::Listener': 'listener of a balancer',
  'AWS::ElasticLoadBalancingV2::LoadBalancer': 'load balancer',
  'AWS::Route53::RecordSet': 'DNS record',
  'AWS::SNS::Subscription': 'recipient of alarms',
};

/** A logical id without the hash that CDK adds. */
const shortId = (id: string): string => id.replace(/[0-9A-F]{8}$/, '');
const maxNamed = 3;

/** One line for each type that people know, with the first few of their names, and one for all others. */
export function lossLines(lost: readonly LostResource[]): string[] {
  const [known, others] = [lost.filter(({ type }) => type in words), lost.filter(({ type }) => !(type in words))];
  const lines = [...Map.groupBy(known, ({ how, type }) => `${how} ${type}`).values()].map((all) => {
    const [{ how, type } = { how: 'deleted', type: '' }] = all;
    const named = all.slice(0, maxNamed).map(({ id }) => shortId(id));
    const more = all.length > maxNamed ? ` and ${all.length - maxNamed} more` : '';
    return `${how}: ${all.length} × ${words[type]} (${type}): ${named.join(', ')}${more}`;
  });
  const types = [...new Set(others.map(({ type }) => type.replace('AWS::', '')))];
  return others.length === 0 ? lines : [...lines, `others: ${others.length} × ${types.toSorted().join(', ')}`];
}
