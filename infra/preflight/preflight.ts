import type { DeclaredTemplate } from '../declared.ts';
import { routeQuota } from '../limits.ts';
import { stackName } from '../names.ts';
import type { Settings } from '../settings.ts';
import { newTableWrites, writesFor } from '../throughput.ts';
import type { Account, Zone } from './account.ts';
import { asked, type Finding } from './finding.ts';
import { gapsOf } from './gaps.ts';
import { blockingRemains, remainsOf } from './remains.ts';
import { hasTasks, quotaNeeds, roleCount, zonesOf, type QuotaNeed } from './needs.ts';

/**
 * Zones without Fargate (Amazon ECS Developer Guide, "Supported Regions for Amazon ECS on AWS Fargate"), and one of
 * which the guide says nothing and users of us-east-1 report that tasks do not start there.
 */
const zonesWithoutFargate: readonly string[] = ['usw1-az2', 'apne1-az3', 'cnn1-az3'];
const doubtfulZones: readonly string[] = ['use1-az3'];
const poorZones: readonly string[] = [...zonesWithoutFargate, ...doubtfulZones];

const request = ({ service, code }: QuotaNeed, value: number): string =>
  `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} ` +
  `--desired-value ${Math.ceil(value)}`;

/** How the need is met. AWS raises the number of routes for an API that exists, and the account has none yet. */
const remedyOf = (need: QuotaNeed, stage: string): string =>
  need.code === routeQuota.code
    ? `AWS raises it for one API: deploy ${stackName(stage, 'api')} alone, then request ${need.needed} for its id ` +
      '(Service Quotas, or AWS Support)'
    : `request it: ${request(need, need.wanted)}`;

/** What is needed, as a list for people who have no credentials at hand. */
export function needList(templates: readonly DeclaredTemplate[], settings: Settings): string[] {
  const { stage, emailFrom, cdrsPerSecond } = settings;
  const quotas = quotaNeeds(templates, cdrsPerSecond).map(
    (need) =>
      `${need.name} (${need.service} ${need.code}): ${need.needed}` +
      `${need.wanted > need.needed ? `, better ${need.wanted}` : ''}; new accounts have ${need.initial}` +
      (need.needed > need.initial ? `. ${remedyOf(need, stage)}` : ''),
  );
  return [
    ...quotas,
    `IAM roles: ${roleCount(templates)}`,
    ...(hasTasks(templates)
      ? ['the role AWSServiceRoleForECS', `zones with Fargate: not ${poorZones.join(', ')}`]
      : []),
    'the repository of `cdk bootstrap`',
    `SES: out of the sandbox, and ${emailFrom} or its domain verified`,
    ...gapsOf(settings).map(({ text }) => text),
  ];
}

const own = (stage: string): string => stackName(stage, '');

const checkQuota = async (need: QuotaNeed, stage: string, account: Account): Promise<Finding> =>
  asked(need.name, async () => {
    const used = need.counts === undefined ? 0 : await account[need.counts](own(stage));
    const value = await account.quota(need.service, need.code);
    const [needed, wanted] = [used + need.needed, used + need.wanted];
    const text = `${need.name}: ${value}, needed ${needed}${wanted > needed ? `, better ${wanted}` : ''}`;
    if (value >= wanted) return { verdict: 'fits', text };
    return {
      verdict: value < needed ? 'blocks' : 'limits',
      text: `${text}; ${remedyOf({ ...need, needed, wanted }, stage)}`,
    };
  });

function zoneFinding(wanted: readonly (string | number)[], zones: readonly Zone[]): Finding {
  const chosen = wanted.map((each) =>
    typeof each === 'number' ? zones[each] : zones.find(({ name }) => name === each),
  );
  const missing = wanted.filter((_, at) => chosen[at] === undefined);
  if (missing.length > 0) return { verdict: 'blocks', text: `zones: the account has no ${missing.join(', ')}` };
  const text = `zones: ${chosen.map((zone) => `${zone?.name} (${zone?.id})`).join(', ')}`;
  const poor = chosen.filter((zone) => zone !== undefined && poorZones.includes(zone.id));
  if (poor.length === 0) return { verdict: 'fits', text };
  const good = zones.filter(({ id }) => !poorZones.includes(id)).map(({ name }) => name);
  return {
    verdict: poor.some((zone) => zone !== undefined && zonesWithoutFargate.includes(zone.id)) ? 'blocks' : 'limits',
    text:
      `${text}; ${poor.map((zone) => zone?.name).join(', ')} lacks Fargate: ` +
      `set zones to ${good.slice(0, 2).join(',')}`,
  };
}

/** Whether a new table takes the writes of the busiest time at once. */
const checkWarmth = async ({ cdrsPerSecond, warmWrites = newTableWrites }: Settings): Promise<Finding> => {
  const wanted = writesFor(cdrsPerSecond);
  const text =
    `write units: the table takes ${warmWrites} a second when it is new, ` +
    `${cdrsPerSecond} CDRs a second need ${wanted}`;
  return warmWrites >= wanted
    ? { verdict: 'fits', text }
    : { verdict: 'limits', text: `${text}: set warmWrites to ${wanted}` };
};

const checkTasks = (templates: readonly DeclaredTemplate[], account: Account): Promise<Finding>[] =>
  !hasTasks(templates)
    ? []
    : [
        asked('AWSServiceRoleForECS', async () =>
          (await account.hasRole('AWSServiceRoleForECS'))
            ? { verdict: 'fits', text: 'the role AWSServiceRoleForECS exists' }
            : {
                verdict: 'blocks',
                text:
                  'no role AWSServiceRoleForECS: ' +
                  'aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com',
              },
        ),
        asked('zones', async () => zoneFinding(zonesOf(templates), await account.zones())),
      ];

/** Whether SES sends e-mail, and from this sender. */
export const checkMail = ({ emailFrom }: Settings, account: Account): Promise<Finding>[] => [
  asked('SES', async () =>
    (await account.isOutOfSandbox())
      ? { verdict: 'fits', text: 'SES sends to any address' }
      : { verdict: 'limits', text: 'SES is in the sandbox: e-mails to addresses that are not verified fail' },
  ),
  asked('sender', async () => {
    const [, domain = ''] = emailFrom.split('@');
    const parents = domain.split('.').map((_, at, labels) => labels.slice(at).join('.'));
    for (const identity of [emailFrom, ...parents.filter((each) => each.includes('.'))])
      if (await account.hasIdentity(identity)) return { verdict: 'fits', text: `SES has verified ${identity}` };
    return {
      verdict: 'limits',
      text:
        `SES has not verified ${emailFrom} or its domain: e-mails fail. ` +
        `aws sesv2 create-email-identity --email-identity ${domain}`,
    };
  }),
];

/** Of a stage that is not there, or whose first creation failed: what a stage of its name left. */
const checkRemains = async (
  templates: readonly DeclaredTemplate[],
  { stage, tableName }: Settings,
  { account, region }: { readonly account: Account; readonly region: string },
): Promise<Finding> =>
  asked('stage', async () => {
    const stack = stackName(stage, 'data');
    const status = await account.stackStatus(stack);
    if (status?.startsWith('ROLLBACK_') === true)
      return {
        verdict: 'blocks',
        text:
          `the first creation of ${stack} failed (${status}): aws cloudformation update-termination-protection ` +
          `--no-enable-termination-protection --stack-name ${stack}; ` +
          `aws cloudformation delete-stack --stack-name ${stack}`,
      };
    if (status !== undefined) return { verdict: 'fits', text: `the stage ${stage} exists (${status})` };
    // A restored table is imported.
    const remains = remainsOf(templates, { account: await account.id(), region }).filter(
      ({ name }) => name !== tableName,
    );
    const left = await blockingRemains(remains, account);
    return left.length === 0
      ? { verdict: 'fits', text: `nothing is left of an earlier stage ${stage}` }
      : { verdict: 'blocks', text: `of an earlier stage ${stage} there are still ${left.join(', ')}` };
  });

/** What of an account does not fit a deployment of these templates. */
export async function findingsOf(
  templates: readonly DeclaredTemplate[],
  settings: Settings,
  { account, region }: { readonly account: Account; readonly region: string },
): Promise<Finding[]> {
  const { stage } = settings;
  const answers = await Promise.all([
    ...quotaNeeds(templates, settings.cdrsPerSecond).map((need) => checkQuota(need, stage, account)),
    asked('IAM roles', async () => {
      const [free, needed] = [await account.freeRoles(), roleCount(templates)];
      const text = `IAM roles: ${free} more are possible, needed ${needed}`;
      return free >= needed
        ? { verdict: 'fits', text }
        : { verdict: 'blocks', text: `${text} by a first deployment; request more (iam L-FE177D64, in us-east-1)` };
    }),
    checkWarmth(settings),
    checkRemains(templates, settings, { account, region }),
    ...checkTasks(templates, account),
    asked('bootstrap', async () => {
      const name = `cdk-hnb659fds-container-assets-${await account.id()}-${region}`;
      return (await account.hasRepository(name))
        ? { verdict: 'fits', text: `the account has the repository ${name}` }
        : { verdict: 'blocks', text: `no repository ${name}: npx cdk bootstrap` };
    }),
    ...checkMail(settings, account),
  ]);
  return [...answers, ...gapsOf(settings)];
}
