import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { contracts as all } from '#functions/contracts.ts';
import { bundlesFor } from '#test/infra/app.fixture.ts';
import type { DeclaredTemplate } from '../declared.ts';
import { accountAt } from '../preflight/account.ts';
import { grownAccount, newAccount, recordedAccount, type Recorded } from '../preflight/recorded.fixture.ts';
import { settingNames } from '../settings.ts';
import { buildApp } from '../stacks/app.ts';
import { assertNothingVanishes, compareSettings } from './comparison.ts';
import { comparisonFinding, deployStage, type DeployOptions, type DeployTools } from './deploy.ts';
import { fullStage } from './full-stage.fixture.ts';
import type { Templates } from './lost-resources.ts';
import { parseStage, type Stage } from './stage-file.ts';

/** A few functions suffice to see what a setting adds. */
const contracts = all.filter(({ name }) => ['auth', 'jwks', 'evaluator'].includes(name));
const bundled = bundlesFor(contracts);
afterAll(bundled.remove);
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

type Context = Readonly<Record<string, string>>;
const made = new Map<string, Templates>();

async function templatesOf(context: Context): Promise<Templates> {
  const key = JSON.stringify(Object.entries(context).toSorted());
  const templates = made.get(key) ?? synthesize(context);
  made.set(key, templates);
  return templates;
}

const synthesize = (context: Context): Templates =>
  new Map(
    buildApp({
      ...{ bundles: bundled.bundles, contracts, context, checks: false },
      outdir: mkdtempSync(join(bundled.folder, 'assembly-')),
    })
      .synth()
      .stacks.map(({ stackName, template }) => [stackName, template as DeclaredTemplate]),
  );

const recordedSettings = (settings: object): Recorded => ({
  GetParameter: { body: JSON.stringify({ Parameter: { Value: JSON.stringify(settings) } }) },
});
const unrecorded: Recorded = { GetParameter: { status: 400, body: '{"__type":"ParameterNotFound"}' } };

const stageOf = (settings: object): Stage => parseStage('test', JSON.stringify({ region: 'us-west-1', ...settings }));
const usual: DeployOptions = {
  ...{ remove: [], adopt: false, yes: true, concurrency: 1, importsExisting: false },
  outputsFile: 'outputs.test.json',
};
/** What `cdk deploy` is called with, but for further options. */
const cdkDeploy = 'deploy --all --app assembly --require-approval never --outputs-file outputs.test.json';

/** What a deployment of a stage does to an account, and what it prints. */
async function deploy(
  stage: Stage,
  recorded: Recorded,
  {
    options = {},
    tools = {},
  }: { readonly options?: Partial<DeployOptions>; readonly tools?: Partial<DeployTools> } = {},
) {
  const { access, close } = await recordedAccount({ ...grownAccount, ...recorded });
  closing.push(close);
  const commands: string[] = [];
  const printed: string[] = [];
  const code = deployStage(
    stage,
    { ...usual, ...options },
    {
      account: accountAt(access),
      synthesize: templatesOf,
      assemble: async (context) => ({ folder: 'assembly', templates: await templatesOf(context) }),
      cdk: async (commandLine) => commands.push(commandLine.join(' ')) && 0,
      ask: undefined,
      print: (text) => printed.push(text),
      ...tools,
    },
  ).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
  return { result: await code, commands, printed: printed.join('\n') };
}

const zones = { zones: ['us-west-1a', 'us-west-1c'] };
const large = { ...zones, domain: 'api.example.com', hostedZoneId: 'Z1', mediaRelay: true, release: 'canary' };

describe('a deployment without one of its settings', () => {
  const { $schema, region, account, ...settings } = fullStage;
  const { stage, ...deployed } = stageOf(settings).context;
  const without = (name: string): Context =>
    Object.fromEntries(Object.entries(deployed).filter(([each]) => each !== name));
  const compare = async (next: Context) => compareSettings({ stage: 'test', deployed, next }, async () => new Map());

  test.each(settingNames())('is rejected by its name: %s', async (name) => {
    const comparison = await compare(without(name));
    const attempt = (removed: readonly string[]) => () => assertNothingVanishes(comparison, removed);
    expect(attempt([])).toThrow(`\n  ${name}: ${deployed[name]} → not set\n`);
    expect(attempt([])).toThrow(new RegExp(`name them: --remove ${name}$`));
    expect(attempt([name])()).toContain(`  ${name}: ${deployed[name]} → not set`);
  });

  test('may not name a setting that stays', async () => {
    const comparison = await compare(without('smsDefaultPrice'));
    expect(() => assertNothingVanishes(comparison, ['smsDefaultPrice', 'domain'])).toThrow(
      '--remove domain: nothing of it vanishes. Leave it out',
    );
  });

  test('does nothing to the account', async () => {
    const recorded = recordedSettings({ ...stageOf(zones).context, smsDefaultPrice: '0.01' });
    expect(await deploy(stageOf(zones), recorded)).toMatchObject({
      result: expect.stringContaining('--remove smsDefaultPrice') as unknown,
      commands: [],
    });
    expect(await deploy(stageOf(zones), recorded, { options: { remove: ['smsDefaultPrice'] } })).toMatchObject({
      result: 0,
      commands: ['diff --app assembly', cdkDeploy],
    });
  });
});

describe('preflight of a stage that is deployed', () => {
  const find = async (settings: object, recorded: Recorded) => {
    const { access, close } = await recordedAccount({ ...grownAccount, ...recorded });
    closing.push(close);
    const stage = stageOf(settings);
    const tools = { account: accountAt(access), synthesize: templatesOf };
    return comparisonFinding(stage, await templatesOf(stage.context), tools);
  };
  const recorded = recordedSettings(stageOf(large).context);

  test('names what a deployment would reject, and what would change', async () => {
    expect(await find(zones, recorded)).toEqual({
      verdict: 'blocks',
      text: expect.stringMatching(/domain: api\.example\.com → not set\n[^]*--remove domain /) as unknown,
    });
    expect(await find({ ...large, sipTasks: 3 }, recorded)).toEqual({
      verdict: 'fits',
      text: 'These settings change:\n  sipTasks: not set → 3',
    });
  });

  test('does not know it where the account does not say what is deployed', async () => {
    const denied: Recorded = { GetParameter: { status: 400, body: '{"__type":"AccessDeniedException"}' } };
    expect(await find(large, denied)).toMatchObject({
      verdict: 'unknown',
      text: expect.stringContaining('what is deployed: ') as unknown,
    });
  });
});

describe('what a deployment takes away', () => {
  const recorded = recordedSettings(stageOf(large).context);

  test('is listed for each setting that the file lacks', async () => {
    const { result, commands } = await deploy(stageOf(zones), recorded);
    expect(result).toMatch(
      /domain: api\.example\.com → not set\n[^]*custom domain of the API \(AWS::ApiGatewayV2::DomainName\): Domain/,
    );
    expect(result).toMatch(/deleted: \d+ × base path of the API/);
    expect(result).toMatch(/deleted: 2 × listener of a balancer \(\S+\): \w*SipTls\w*, \w*WebSocket/);
    expect(result).toMatch(/hostedZoneId: Z1 → not set\n +replaced: 1 × certificate [^]*deleted: \d+ × DNS record/);
    expect(result).toMatch(/mediaRelay: true → not set\n[^]*service with its tasks \(AWS::ECS::Service\)/);
    expect(result).toMatch(/release: canary → not set\n[^]*\d+ × roll-back of a function/);
    expect(result).toContain('--remove domain --remove hostedZoneId --remove mediaRelay --remove release');
    expect(commands).toEqual([]);
  });

  test('is rejected for ever where CloudFormation cannot make the change', async () => {
    const other = { ...large, zones: ['us-west-1c', 'us-west-1a'] };
    const { result, commands } = await deploy(stageOf(other), recorded, { options: { remove: ['zones'] } });
    expect(result).toMatch(/No deployment can make these changes:\n[^]*AWS::EC2::Subnet/);
    expect(commands).toEqual([]);
  });

  test('is rejected so in a restore, too, which replaces the table and the buckets only', async () => {
    const restored = { ...large, tableName: 'trunkline-test-table-2', bucketSuffix: '2' };
    const options = { importsExisting: true, remove: ['tableName', 'bucketSuffix'] };
    expect(await deploy(stageOf(restored), recorded, { options })).toMatchObject({ result: 0 });
    const other = { ...restored, zones: ['us-west-1c', 'us-west-1a'] };
    const { result, commands } = await deploy(stageOf(other), recorded, {
      options: { ...options, remove: [...options.remove, 'zones'] },
    });
    expect(result).toMatch(/No deployment can make these changes:\n(?!.*Table)[^]*AWS::EC2::Subnet/);
    expect(commands).toEqual([]);
  });

  test('is rejected also where a setting has another value', async () => {
    const { result } = await deploy(stageOf({ ...large, mediaRelay: false, domain: 'calls.example.com' }), recorded);
    expect(result).toMatch(/domain: api\.example\.com → calls\.example\.com\n[^]*replaced: 1 × custom domain/);
    expect(result).toContain('--remove domain --remove mediaRelay');
    const named = { options: { remove: ['domain', 'mediaRelay'] } };
    expect(
      await deploy(stageOf({ ...large, mediaRelay: false, domain: 'calls.example.com' }), recorded, named),
    ).toMatchObject({ result: 0 });
  });

  test('is nothing where a value changes in place, or a setting is new', async () => {
    const { result, printed } = await deploy(stageOf({ ...large, sipTasks: 3, alarmEmail: 'a@example.com' }), recorded);
    expect(result).toBe(0);
    expect(printed).toContain('  alarmEmail: not set → a@example.com\n  sipTasks: not set → 3');
  });

  test('is the old data of a restore, and not a name that changes without them', async () => {
    const restored = { ...zones, tableName: 'trunkline-test-table-2', bucketSuffix: '2' };
    const { result } = await deploy(stageOf(restored), recordedSettings(stageOf(zones).context));
    expect(result).toContain('--remove bucketSuffix --remove tableName');
  });

  test('names all settings if they do it together only', async () => {
    const { result } = await deploy(
      stageOf({ ...zones, sip: 'off' }),
      recordedSettings({ zones: 'us-west-1a,us-west-1c', mediaRelay: 'true' }),
    );
    expect(result).toContain('--remove mediaRelay --remove sip');
  });
});

describe('a stage', () => {
  test('that is not deployed is created, without a comparison', async () => {
    const first = { ...unrecorded, DescribeStacks: newAccount['DescribeStacks']! };
    const asked: string[] = [];
    const { result, commands, printed } = await deploy(
      stageOf(zones),
      { ...newAccount, ...grownAccount, ...first, ...nothingLeft() },
      {
        options: { yes: false },
        tools: { ask: async (question) => asked.push(question) > 0 },
      },
    );
    expect(result).toBe(0);
    expect(printed).toMatch(/The first deployment of test: \d+ stacks/);
    expect(asked).toEqual(['Create the stage test in account 123456789012, us-west-1?']);
    expect(commands).toEqual([cdkDeploy]);
  });

  test('that recorded no settings is compared by its templates, and adopted on request', async () => {
    const recorded = { ...unrecorded, ...(await deployedTemplates(large)) };
    const { result } = await deploy(stageOf(zones), recorded);
    expect(result).toMatch(
      /test recorded no settings that this version accepts[^]*deleted: 1 × custom domain of the API[^]*add --adopt/,
    );
    expect(await deploy(stageOf(zones), recorded, { options: { adopt: true } })).toMatchObject({ result: 0 });
    expect(await deploy(stageOf(large), recorded)).toMatchObject({ result: 0 });
  });

  test('is not adopted where CloudFormation cannot make the change', async () => {
    const recorded = { ...unrecorded, ...(await deployedTemplates(large)) };
    const other = stageOf({ ...large, zones: ['us-west-1c', 'us-west-1a'] });
    const { result, commands } = await deploy(other, recorded, { options: { adopt: true } });
    expect(result).toMatch(/No deployment can make these changes:\n[^]*AWS::EC2::Subnet/);
    expect(commands).toEqual([]);
  });

  test('that recorded its settings is adopted only if this version does not accept them', async () => {
    const templates = await deployedTemplates(large);
    const adopt = { options: { adopt: true } };
    const valid = { ...templates, ...recordedSettings(stageOf(large).context) };
    expect(await deploy(stageOf(zones), valid, adopt)).toMatchObject({
      result: expect.stringContaining('--adopt: the stage has recorded its settings') as unknown,
      commands: [],
    });
    const earlier = { ...templates, ...recordedSettings({ ...stageOf(large).context, release: 'soon' }) };
    expect((await deploy(stageOf(zones), earlier)).result).toMatch(/does not accept .*release must be.* add --adopt/);
    expect(await deploy(stageOf(zones), earlier, adopt)).toMatchObject({ result: 0 });
  });

  test('is deployed after a question, or with --yes', async () => {
    const recorded = recordedSettings(stageOf(zones).context);
    const yes = { yes: false };
    expect(await deploy(stageOf(zones), recorded, { options: yes })).toMatchObject({
      result: expect.stringContaining('add --yes') as unknown,
      commands: ['diff --app assembly'],
    });
    expect(await deploy(stageOf(zones), recorded, { options: yes, tools: { ask: async () => false } })).toMatchObject({
      result: 1,
      commands: ['diff --app assembly'],
    });
  });

  test('is deployed with as many stacks side by side, and imports, as its operator says', async () => {
    const recorded = recordedSettings(stageOf(zones).context);
    const options = { concurrency: 16, importsExisting: true };
    const { commands } = await deploy(stageOf(zones), recorded, { options });
    expect(commands.at(-1)).toBe(`${cdkDeploy} --concurrency 16 --import-existing-resources`);
  });

  test('says before the question how long its release takes; the first one moves no requests', async () => {
    const canary = stageOf({ ...zones, release: 'canary' });
    const templates = await templatesOf(canary.context);
    const another: Templates = new Map([
      ['Trunkline-test-another', { Resources: { Group: { Type: 'AWS::CodeDeploy::DeploymentGroup' } } }],
    ]);
    const duration = async (concurrency: number, recorded = recordedSettings(canary.context)) => {
      const printed: string[] = [];
      const ask = async () => printed.push('asked') > 0;
      const assemble = async () => ({ folder: 'assembly', templates: new Map([...templates, ...another]) });
      const tools = { ask, assemble, print: (text: string) => void printed.push(text) };
      await deploy(canary, recorded, { options: { yes: false, concurrency }, tools });
      return printed.slice(printed.findIndex((text) => /step by step|asked/.test(text)));
    };
    expect(await duration(1)).toEqual([
      'The functions of 2 stacks get new code step by step, which takes 30 minutes; with --concurrency 2 it takes 15.',
      'asked',
    ]);
    expect(await duration(16)).toEqual([
      'The functions of 2 stacks get new code step by step, which takes 15 minutes.',
      'asked',
    ]);
    const nothing = { ...unrecorded, DescribeStacks: newAccount['DescribeStacks']! };
    expect(await duration(1, { ...nothing, ...nothingLeft() })).toEqual(['asked']);
  });

  test('is deployed to its own account only', async () => {
    const { result, commands } = await deploy(stageOf({ ...zones, account: '999999999999' }), {});
    expect(result).toContain('is for the account 999999999999, and the credentials (AWS_PROFILE) are of 123456789012');
    expect(commands).toEqual([]);
  });

  test('is not deployed if the account lacks what it needs', async () => {
    const { result, printed } = await deploy(stageOf(zones), newAccount);
    expect(result).toContain('the deployment would fail');
    expect(printed).toContain('blocks   Concurrent executions: 10, needed 12');
  });
});

/** The answers of CloudFormation for a stage that is deployed with these settings. */
const deployedTemplates = async (settings: object): Promise<Recorded> =>
  Object.fromEntries(
    [...(await templatesOf(stageOf(settings).context))].map(([name, template]) => [
      `GetTemplate ${name}`,
      { body: `<TemplateBody>${escaped(JSON.stringify(template))}</TemplateBody>` },
    ]),
  );

/** As CloudFormation writes a template into its answer. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** Of an earlier stage of the name. */
const nothingLeft = (): Recorded =>
  Object.fromEntries(
    Object.entries(newAccount).filter(([question]) =>
      /^(DescribeTable|DescribeSecret|\/backup|\/trunkline)/.test(question),
    ),
  );
