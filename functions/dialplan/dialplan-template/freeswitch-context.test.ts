import { expect, test } from 'vitest';
import { templateDocument } from './freeswitch-context.ts';
import type { TemplateRule } from '../schema/dialplan-template.ts';

const rule = (action: TemplateRule['action'], destination: string, more: Partial<TemplateRule> = {}): TemplateRule => ({
  priority: 1,
  pattern: '^(1)$',
  action,
  destination,
  ...more,
});

/** Name, pattern and actions of each extension. */
const extensionsOf = (rules: readonly TemplateRule[], variables: Readonly<Record<string, string | number>> = {}) =>
  templateDocument(
    { rules: [...rules], variables: { ...variables } },
    'org_1001',
  ).document.section.context.extension.map((extension) => {
    const [, condition] = extension.condition;
    const actions = condition !== undefined && 'action' in condition ? condition.action : [];
    return [
      extension['@name'],
      condition?.['@expression'],
      ...actions.map((action) => `${action['@application']} ${'@data' in action ? action['@data'] : ''}`),
    ];
  });

test('rules are extensions in the order of trying, with the captures of FreeSWITCH', () => {
  expect(
    extensionsOf(
      [
        rule('bridge', 'sofia/gateway/late/$1', { priority: 9 }),
        rule('bridge', `user/$1@\${domain}`, { pattern: '^([2-8]..)$' }),
      ],
      { domain: 'sip.example.com' },
    ),
  ).toEqual([
    ['rule-2', '^([2-8]..)$', 'bridge user/$1@sip.example.com'],
    ['rule-1', '^(1)$', 'bridge sofia/gateway/late/$1'],
  ]);
});

test('a variable that a rule sets is a channel variable with a harmless name', () => {
  expect(
    extensionsOf([rule('set', 'prefix=00$1'), rule('bridge', `sofia/gateway/g/\${prefix}\${site}`)], {
      prefix: '9',
      site: 'a b',
    }),
  ).toEqual([
    ['variables', '^', 'set template_prefix=9'],
    ['rule-1', '^(1)$', 'set template_prefix=00$1'],
    ['rule-2', '^(1)$', `bridge sofia/gateway/g/\${template_prefix}a%20b`],
  ]);
});

test('the values of variables and the text around them are escaped', () => {
  expect(
    extensionsOf(
      [
        rule('bridge', `user/\${name}$|x`),
        rule('playback', 'hello world.wav'),
        rule('transfer', '9 XML other'),
        rule('answer', ''),
      ],
      { name: `\${system(id)},{a=b}` },
    ),
  ).toEqual([
    ['rule-1', '^(1)$', 'bridge user/%24%7Bsystem%28id%29%7D%2C%7Ba=b%7D%24%7Cx'],
    ['rule-2', '^(1)$', 'playback hello world.wav'],
    ['rule-3', '^(1)$', 'transfer 9%20XML%20other XML org_1001'],
    ['rule-4', '^(1)$', 'answer '],
  ]);
});
