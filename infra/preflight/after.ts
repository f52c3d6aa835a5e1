import { requestsCertificate } from '../constructs/certificate.ts';
import { namesFor, stackName } from '../names.ts';
import type { Settings } from '../settings.ts';
import type { Account, DeployedStack } from './account.ts';
import { asked, type Finding } from './finding.ts';
import { checkMail } from './preflight.ts';

/** What an operator still has to do after a deployment, as far as calls show it (infra/README.md, "Deployment"). */

/** Questions to DNS and to the API of the stage. */
export type Outside = {
  readonly addresses: (name: string) => Promise<readonly string[]>;
  /** Services as SRV records name them: `10 0 5060 sip.example.com`. */
  readonly services: (name: string) => Promise<readonly string[]>;
  /** The status of an answer, and its JSON. */
  readonly get: (url: string) => Promise<{ readonly status: number; readonly json: unknown }>;
};

type Deployed = { readonly settings: Settings; readonly stacks: readonly DeployedStack[] };

const finding = (verdict: Finding['verdict'], text: string): Finding => ({ verdict, text });

const outputOf = (stacks: readonly DeployedStack[], name: string): string | undefined =>
  stacks.map(({ outputs }) => outputs[name]).find((value) => value !== undefined);

function checkStacks(expected: readonly string[], stacks: readonly DeployedStack[]): Finding[] {
  const faults = expected.flatMap((name) => {
    const status = stacks.find((stack) => stack.name === name)?.status ?? 'missing';
    return /^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status) ? [] : [`${name} (${status})`];
  });
  return faults.length === 0
    ? [finding('fits', `all ${expected.length} stacks are deployed`)]
    : [
        finding(
          'blocks',
          `not deployed: ${faults.join(', ')}. The events of the stack name the reason: aws cloudformation ` +
            'describe-stack-events --stack-name <stack>',
        ),
      ];
}

const checkCertificate = (settings: Settings, account: Account): Promise<Finding>[] => {
  const { domain } = settings;
  if (domain === undefined || !requestsCertificate(settings)) return [];
  return [
    asked('certificate', async () => {
      const certificate = await account.certificate(domain);
      if (certificate === undefined) return finding('blocks', `certificate: none is requested for ${domain} yet`);
      if (certificate.status === 'ISSUED') return finding('fits', `the certificate of ${domain} is issued`);
      const records = certificate.records.map(({ Name, Type, Value }) => `\n    ${Name} ${Type} ${Value}`);
      return finding(
        'blocks',
        `the certificate of ${domain} is ${certificate.status}. Publish these records, for which the deployment ` +
          `waits:${records.join('')}`,
      );
    }),
  ];
};

/** An unknown name has no addresses. */
const found = async (answer: Promise<readonly string[]>): Promise<readonly string[]> => answer.catch(() => []);

const checkAddress = async (name: string, target: string, { addresses }: Outside): Promise<Finding> => {
  const [own, targets] = [await found(addresses(name)), await found(addresses(target))];
  return own.some((each) => targets.includes(each))
    ? finding('fits', `${name} has the addresses of ${target}`)
    : finding(
        'blocks',
        `${name} has ${own.length === 0 ? 'no address' : 'other addresses'}: publish ${name} CNAME ${target}`,
      );
};

const checkService = async (record: string, { services }: Outside): Promise<Finding> => {
  const [name = '', , ...value] = record.split(' ');
  return (await found(services(name))).includes(value.join(' '))
    ? finding('fits', `${name} is published`)
    : finding('limits', `phones that look up SRV records do not find SIP: publish ${record}`);
};

/** The records that point to the stage: of the API before the first log-in, and of SIP. */
function checkNames({ settings: { domain, sipDomain }, stacks }: Deployed, outside: Outside): Promise<Finding>[] {
  const targets = [
    [domain, 'DomainTarget'],
    [sipDomain, 'SipTarget'],
    [sipDomain === undefined ? undefined : `tcp.${sipDomain}`, 'SipTcpTarget'],
  ] as const;
  const records = stacks.flatMap(({ outputs }) => Object.entries(outputs)).filter(([name]) => /^Srv\d+$/.test(name));
  return [
    ...targets.flatMap(([name, output]) => {
      const target = outputOf(stacks, output);
      return name === undefined || target === undefined ? [] : [checkAddress(name, target, outside)];
    }),
    ...records.map(async ([, record]) => checkService(record, outside)),
  ];
}

const keysOf = (json: unknown): number =>
  typeof json === 'object' && json !== null && 'keys' in json && Array.isArray(json.keys) ? json.keys.length : 0;

/** Whether the API answers, and whether someone signed in: the first log-in makes the keys that sign tokens. */
function checkApi(stacks: readonly DeployedStack[], { get }: Outside): Promise<Finding>[] {
  const url = outputOf(stacks, 'ApiUrl');
  if (url === undefined) return [];
  return [
    asked(`${url}/health`, async () => {
      const { status } = await get(`${url}/health`);
      return finding(status === 200 ? 'fits' : 'blocks', `${url}/health answers ${status}`);
    }),
    asked('first log-in', async () =>
      keysOf((await get(`${url}/.well-known/jwks.json`)).json) > 0
        ? finding('fits', 'the first log-in is done')
        : finding('limits', 'no one has logged in yet: infra/README.md, "First log-in"'),
    ),
  ];
}

const checkAlarms = ({ settings: { alarmEmail }, stacks }: Deployed, account: Account): Promise<Finding>[] => {
  const topic = outputOf(stacks, 'AlarmTopic');
  if (alarmEmail === undefined || topic === undefined) return [];
  return [
    asked('alarms', async () =>
      (await account.isConfirmed(topic, alarmEmail)) === true
        ? finding('fits', `${alarmEmail} gets alarms`)
        : finding(
            'blocks',
            `${alarmEmail} gets no alarms: its owner must open the link in the e-mail "AWS Notification - ` +
              'Subscription Confirmation". SNS sends it again: aws sns subscribe --protocol email ' +
              `--notification-endpoint ${alarmEmail} --topic-arn ${topic}`,
          ),
    ),
  ];
};

const checkSms = ({ sms }: Settings, account: Account): Promise<Finding> =>
  asked('SMS', async () =>
    (await account.isOutOfSmsSandbox(sms === 'sns' ? 'sns' : 'eum'))
      ? finding('fits', 'SMS are sent to any number')
      : finding(
          'limits',
          'SMS: the account is in the sandbox, so SMS to numbers that are not verified fail. Request production ' +
            'access in the console of AWS End User Messaging (functions/messaging/sms-reports/README.md)',
        ),
  );

const backupTypes = ['DynamoDB', 'S3'] as const;

/** What a lost region, or a wrong deletion, would take. */
const checkCopies = ({ ephemeral, stage }: Settings, account: Account): Promise<Finding>[] =>
  ephemeral
    ? []
    : [
        asked('backups', async () => {
          const types = await account.backedUp();
          const missing = backupTypes.filter((type) => types[type] !== true);
          return missing.length === 0
            ? finding('fits', 'AWS Backup copies tables and buckets')
            : finding(
                'limits',
                `AWS Backup does not copy ${missing.join(', ')}: aws backup update-region-settings ` +
                  '--resource-type-opt-in-preference DynamoDB=true,S3=true ' +
                  '--resource-type-management-preference DynamoDB=true',
              );
        }),
        asked('sealing keys', async () => {
          const secret = namesFor(stage).secret('sealing-keys');
          const copies = await account.secretCopies(secret);
          return copies.length > 0
            ? finding('fits', `the sealing keys have a copy in ${copies.join(', ')}`)
            : finding(
                'limits',
                'the sealing keys have no copy in another region: without them, secrets of gateways, trunks and ' +
                  `webhooks cannot be read. aws secretsmanager replicate-secret-to-regions --secret-id ${secret} ` +
                  '--add-replica-regions Region=<other region>',
              );
        }),
      ];

/** What no call shows. */
const byHand: readonly Finding[] = [
  'before tenants: the proof of leading keys (infra/README.md, "Not proven without an AWS account")',
  'a second administrator, so that a lost password or phone locks no one out',
  'the account of the canary, without which it asks for /health only: its log has REGISTER over wss',
  'the budget of the stage, which should be more than npm run cost prints',
  'before tenants: a test call to the emergency service of each country (infra/OBLIGATIONS.md)',
].map((text) => finding('unknown', `no call shows it: ${text}`));

/**
 * What is done after the deployment of a stage, and what is left.
 *
 * @param expected the names of its stacks
 */
export async function afterFindings(
  expected: readonly string[],
  settings: Settings,
  { account, outside }: { readonly account: Account; readonly outside: Outside },
): Promise<Finding[]> {
  const stacks = await account.stacks(stackName(settings.stage, ''));
  const deployed = { settings, stacks };
  const answers = await Promise.all([
    ...checkCertificate(settings, account),
    ...checkNames(deployed, outside),
    ...checkApi(stacks, outside),
    ...checkAlarms(deployed, account),
    ...checkMail(settings, account),
    checkSms(settings, account),
    ...checkCopies(settings, account),
  ]);
  return [...checkStacks(expected, stacks), ...answers, ...byHand];
}
