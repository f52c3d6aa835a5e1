import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'oxfmt';
import { describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { settingNames } from '../settings.ts';
import { fullStage } from './full-stage.fixture.ts';
import { contextBeside, parseStage, readStage, stageNamed, StageFile } from './stage-file.ts';

const where = { region: 'us-west-1' };
const parse = (content: object, name = 'test') => parseStage(name, JSON.stringify(content));

describe('the file of a stage', () => {
  test('holds every setting', () => {
    const { $schema, region, account, ...settings } = fullStage;
    expect(Object.keys(settings).toSorted()).toEqual(settingNames());
    const stage = parse(fullStage);
    expect(stage).toMatchObject({ name: 'test', region, account });
    expect(stage.context).toMatchObject({
      stage: 'test',
      mediaRelay: 'true',
      monthlyBudget: '500',
      corsOrigins: 'https://portal.example.com,https://portal.example.org',
    });
    expect(Object.keys(stage.context)).toHaveLength(settingNames().length + 1);
  });

  test.each([
    ['an unknown setting', { mediarelay: true }, 'mediarelay: there is no such setting. Do you mean mediaRelay?'],
    [
      'a setting of no meaning',
      { colour: 'red' },
      /colour: there is no such setting. Settings are .*alarmEmail, alarms/,
    ],
    ['a word that is not permitted', { sip: 'yes' }, 'sip: Invalid option: expected one of "on"|"udp"|"off"'],
    ['a text for a truth value', { mediaRelay: 'true' }, 'mediaRelay: Invalid input: expected boolean'],
    ['a text for a list', { zones: 'us-west-1a,us-west-1b' }, 'zones: Invalid input: expected array'],
    ['a comma in a list', { corsOrigins: ['https://a.example,https://b.example'] }, 'corsOrigins.0 must be a text'],
    ['a domain in upper case', { domain: 'API.example.com' }, 'domain must be a host name such as api.example.com'],
    ['a number that is too small', { sipTasks: 0 }, 'sipTasks: Too small'],
    ['the name of the stage', { stage: 'prod' }, 'stage: the name of the file is the name of the stage'],
    ['a local setting', { outboundAllowPrivate: false }, 'outboundAllowPrivate: there is no such setting'],
    ['settings that exclude each other', { sip: 'off', mediaRelay: true }, 'mediaRelay needs SIP'],
    ['no region', { region: undefined }, 'region: Invalid input'],
  ])('with %s is rejected with its place', (_, settings, message) => {
    expect(() => parse({ ...where, ...settings })).toThrow(message);
    expect(() => parse({ ...where, ...settings })).toThrow('infra/stages/test.json:');
  });

  test('names all its faults at once', () => {
    expect(() => parse({ ...where, sip: 'yes', colour: 'red' })).toThrow(/sip: [^]*colour: /);
  });

  test.each(['', '[]', 'null', '{"region": "eu-central-1"', '"prod"'])('is an object, not %j', (content) => {
    expect(() => parseStage('test', content)).toThrow('infra/stages/test.json');
  });

  test.each(['../prod', 'Prod', 'p', 'prod-eu', 'a'.repeat(16), 'schema', '', 'prod.json'])(
    'has no name such as %j, which is part of physical names',
    (name) => {
      expect(() => readStage(name)).toThrow('the name of a stage is');
    },
  );
});

describe('a secret in the file of a stage', () => {
  test.each([
    ...['adminPassword', 'password', 'sealingSecret', 'api_key', 'accessKeyId', 'privateKey', 'controlToken'],
    ...['credentials', 'ADMIN_PASSWORD', 'smtpPasswd'],
  ])('is rejected by its name: %s', (name) => {
    expect(() => parse({ ...where, [name]: 'teams' })).toThrow(`${name}: a stage file holds no secrets`);
  });

  // Joined here, so that no tool that looks for secrets in the repository finds one.
  test.each([
    ['an AWS access key', ['AKIA', 'IOSFODNN7EXAMPLE']],
    ['a private key', ['-----BEGIN ', 'PRIVATE KEY-----\nMIIE']],
    ['a generated secret', ['wJalrXUtnFEMI/K7MDENG', '/bPxRfiCYEXAMPLEKEY']],
    ['a generated secret', ['3q2Zc0tW8xLr5', 'Vb1Nk7Pd9Yh4Mf6']],
    ['a key', ['9f86d081884c7d659a2f', 'eaa0c55ad015a3bf4f1b']],
    ['a token', ['eyJhbGciOiJIUzI1NiJ9.', 'eyJzdWIiOiIxMjM0In0.c2ln']],
    ['a token', ['ghp_', '16C7e42F292c6912E7710c838347Ae178B4a']],
    ['an address with a password', ['https://admin:', 'hunter2@portal.example.com/reset']],
  ])('is rejected by its form: %s', (kind, parts) => {
    for (const content of [{ operatorName: parts.join('') }, { salesforceHosts: ['sso.example.com', parts.join('')] }])
      expect(() => parse({ ...where, ...content })).toThrow(
        new RegExp(`${Object.keys(content)[0]}\\S* looks like ${kind}`),
      );
  });

  test('does not appear in the message', () => {
    const secret = ['wJalrXUtnFEMI', 'K7MDENGbPxRfiCYEXAMPLEKEY'].join('/');
    expect(() => parse({ ...where, operatorName: secret })).toThrow(expect.not.stringContaining(secret));
  });
});

function folderWith(files: Readonly<Record<string, object>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-stages-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(content));
  return folder;
}

describe('a command of CDK', () => {
  const folder = () => folderWith({ prod: { ...where, domain: 'api.example.com' } });

  test('takes the settings of a stage with a file from there', () => {
    expect(contextBeside('prod', {}, folder())).toEqual({ stage: 'prod', domain: 'api.example.com' });
    expect(contextBeside('test', { ephemeral: 'true' }, folder())).toEqual({});
  });

  test('has no settings of its own beside the file', () => {
    expect(() => contextBeside('prod', { sipTasks: '3' }, folder())).toThrow(
      '-c sipTasks: the settings of prod are in infra/stages/prod.json',
    );
  });
});

test('a stage without a file is named with the command that writes it', () => {
  expect(() => stageNamed('staging', folderWith({}))).toThrow('npm run new-stage -- --name staging');
});

test('editors know the settings, and what infra/README.md says about each', async () => {
  const rows = readFileSync('infra/README.md', 'utf8').matchAll(
    /^\| `(?<name>\w+)`.*? \| (?<preset>.*?) \| (?<text>.*) \|$/gm,
  );
  const texts = new Map(
    [...rows].map(({ groups: { name = '', preset = '', text = '' } = {} }) => [name, `Default: ${preset}. ${text}`]),
  );
  const { properties, ...schema } = z.toJSONSchema(StageFile, { io: 'input' });
  const described = Object.entries(properties ?? {}).map(([name, form]): [string, object] => {
    const description = texts.get(name) ?? (name.startsWith('rateLimit') ? texts.get('rateLimitLogin') : undefined);
    return [name, { ...(typeof form === 'object' ? form : {}), ...(description === undefined ? {} : { description }) }];
  });
  for (const name of settingNames()) expect(Object.fromEntries(described)[name], name).toHaveProperty('description');
  const json = JSON.stringify({ ...schema, properties: Object.fromEntries(described) as object });
  const { code: text } = await format('stage.json', json, { printWidth: 120 });
  await expect(text).toMatchFileSnapshot('../stages/schema.json');
});
