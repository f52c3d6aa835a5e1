import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { byStack, synthesizer } from '#test/infra/templates.fixture.ts';
import { accountAt } from '../preflight/account.ts';
import { newAccount, recordedAccount } from '../preflight/recorded.fixture.ts';
import { newStage, questions, reportLines } from './new-stage.ts';
import { parseStage, readStage } from './stage-file.ts';

/** A run with the options of a command line; a person gives the answers, if there are some. */
function runsIn() {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-new-stage-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const printed: string[] = [];
  const asked: string[] = [];
  const run = async (options: Readonly<Record<string, string>>, answers?: string[]) =>
    newStage(options, {
      account: '123456789012',
      region: 'eu-central-1',
      folder,
      print: (text) => printed.push(text),
      ask:
        answers === undefined
          ? undefined
          : async (question) => {
              asked.push(question);
              return answers.shift() ?? '';
            },
    });
  return {
    run,
    folder,
    printed,
    asked,
    read: (name: string) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as object,
  };
}

const file = {
  $schema: './schema.json',
  region: 'eu-west-1',
  account: '123456789012',
  domain: 'api.example.com',
  hostedZoneId: 'Z0123456789ABCDEFGHIJ',
  alarmEmail: 'duty@example.com',
  sip: 'on',
  mediaRelay: true,
  sipEgress: 'nat',
};
const options = {
  ...{ name: 'prod', region: 'eu-west-1', domain: 'api.example.com', zone: 'Z0123456789ABCDEFGHIJ' },
  ...{ email: 'duty@example.com', sip: 'on', relay: 'yes', egress: 'nat' },
};

test('the options of a command line become a file, as the answers of a person do', async () => {
  const { run, read, folder, asked } = runsIn();
  await run(options);
  expect(read('prod')).toEqual(file);
  expect(readStage('prod', folder)?.context).toMatchObject({ mediaRelay: 'true', sipEgress: 'nat' });
  const { name, ...others } = options;
  await run({}, ['staging', ...Object.values(others)]);
  expect(read('staging')).toEqual(file);
  expect(asked).toHaveLength(questions.length);
});

test('a person who presses Enter gets a stage with a media relay, in the region of the credentials', async () => {
  const { run, read } = runsIn();
  await run({}, ['prod']);
  expect(read('prod')).toEqual({
    ...{ $schema: './schema.json', region: 'eu-central-1', account: '123456789012' },
    ...{ sip: 'on', mediaRelay: true, sipEgress: 'public' },
  });
});

test('a person is asked again until the answer fits', async () => {
  const { run, read, printed } = runsIn();
  await run({}, [
    'Prod',
    'prod',
    'Frankfurt',
    '',
    'API.example.com',
    'api.example.com',
    'zone!',
    '',
    'me',
    '',
    '',
    'perhaps',
    'no',
  ]);
  expect(read('prod')).toMatchObject({ region: 'eu-central-1', domain: 'api.example.com', mediaRelay: false });
  expect(printed.map((text) => /name of a stage|region|domain|hostedZoneId|alarmEmail|relay/.exec(text)?.[0])).toEqual([
    ...['name of a stage', 'region', 'domain', 'hostedZoneId', 'alarmEmail', 'relay'],
  ]);
});

test('a stage without SIP is not asked about relays', async () => {
  const { run, read } = runsIn();
  await run({ name: 'prod', sip: 'off' });
  expect(read('prod')).not.toHaveProperty('mediaRelay');
  await expect(run({ name: 'other', sip: 'off', relay: 'yes' })).rejects.toThrow('--relay has no effect');
});

test('a file is never overwritten', async () => {
  const { run, read } = runsIn();
  await run(options);
  await expect(run({ ...options, domain: 'other.example.com' })).rejects.toThrow('infra/stages/prod.json exists');
  expect(read('prod')).toEqual(file);
});

test('what is missing or wrong on a command line is named, and nothing is written', async () => {
  const { run, folder } = runsIn();
  await expect(run({})).rejects.toThrow('--name is missing');
  await expect(run({ ...options, relay: 'perhaps' })).rejects.toThrow('relay: yes or no, not perhaps');
  await expect(run({ ...options, name: '../prod' })).rejects.toThrow('the name of a stage');
  await expect(run({ ...options, zone: 'zone!' })).rejects.toThrow('hostedZoneId must be the id of a zone');
  expect(readdirSync(folder)).toEqual([]);
});

const { synthesize, remove } = synthesizer();
afterAll(remove);

test('a new stage is reported with its price, and what the account lacks, or what one needs', async () => {
  const stage = parseStage('test', JSON.stringify({ region: 'us-west-1', domain: 'api.example.com' }));
  const templates = [...byStack(synthesize(stage.context)).values()];
  const { access, close } = await recordedAccount(newAccount);
  onTestFinished(() => void close());
  const [price, title, ...lacking] = await reportLines(stage, templates, accountAt(access));
  expect(price).toMatch(/^\nAn idle month costs about [1-9]\d+\.\d\d US dollars \(us-east-1\): npm run cost -- test$/);
  expect(title).toBe('\nThe account lacks:');
  expect(lacking).toContainEqual(expect.stringMatching(/^ {2}blocks {3}Concurrent executions: 10, needed 125/));
  expect(lacking.filter((line) => /^ {2}fits/.test(line))).toEqual([]);
  const [same, needs, ...needed] = await reportLines(stage, templates, undefined);
  expect([same, needs]).toEqual([price, '\nThe deployment needs (no credentials):']);
  expect(needed).toContainEqual(expect.stringMatching(/^ {2}Concurrent executions \(lambda L-B99A9384\): 125/));
});
