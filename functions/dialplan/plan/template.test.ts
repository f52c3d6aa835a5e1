import { expect, test } from 'vitest';
import { TemplateFields } from '../schema/dialplan-template.ts';
import { compileTemplate, isTemplateProblem, type TemplateProblem, type TemplateRoute } from './template.ts';

type WantedRule = { priority?: number; pattern: string; action: string; destination?: string };

const compiled = (rules: WantedRule[], variables: Record<string, string | number> = {}) =>
  compileTemplate(TemplateFields.parse({ name: 'Office', rules, variables }));

function route(
  dialed: string,
  rules: WantedRule[],
  variables: Record<string, string | number> = {},
): TemplateRoute | null {
  const template = compiled(rules, variables);
  if (isTemplateProblem(template)) throw new Error(JSON.stringify(template));
  return template.route(dialed);
}

function problems(rules: WantedRule[], variables: Record<string, string> = {}): readonly TemplateProblem[] {
  const template = compiled(rules, variables);
  return isTemplateProblem(template) ? template : [];
}

const pstn = { priority: 1, pattern: '^9([0-9]{10})$', action: 'bridge', destination: 'sofia/gateway/pstn/$1' };
const extension = { priority: 2, pattern: '^([2-8][0-9]{2})$', action: 'bridge', destination: `user/$1@\${domain}` };

test('captures and variables are inserted into the destination', () => {
  const rules = [pstn, extension];
  const variables = { domain: 'sip.example.com', default_timeout: 30 };
  expect(route('92125550100', rules, variables)?.destination).toBe('sofia/gateway/pstn/2125550100');
  expect(route('201', rules, variables)).toEqual({
    rule: { priority: 2, pattern: '^([2-8][0-9]{2})$' },
    action: 'bridge',
    destination: 'user/201@sip.example.com',
    captures: ['201', '201'],
  });
  expect(route('55', rules, variables)).toBeNull();
});

test('rules are sorted by priority, then by position', () => {
  const rules = [
    { priority: 2, pattern: '1', action: 'hangup' },
    { priority: 1, pattern: '12', action: 'answer' },
    { priority: 1, pattern: '1', action: 'transfer', destination: 'reception' },
  ];
  expect(route('12', rules)?.action).toBe('answer');
  expect(route('13', rules)?.action).toBe('transfer');
});

test('set sets a variable, and the next matching rule follows', () => {
  const rules = [
    { pattern: '^([0-9])', action: 'set', destination: 'area=zone-$1' },
    { pattern: '^7', action: 'set', destination: `area=\${area}-special` },
    { pattern: '.', action: 'transfer', destination: `\${area}/$0` },
  ];
  expect(route('42', rules)?.destination).toBe('zone-4/4');
  expect(route('72', rules)?.destination).toBe('zone-7-special/7');
});

test('a set rule overrides a variable for this call only', () => {
  const rules = [
    { pattern: '^1', action: 'set', destination: 'gateway=b' },
    { pattern: '.', action: 'bridge', destination: `sofia/gateway/\${gateway}/$0` },
  ];
  const template = compiled(rules, { gateway: 'a' });
  if (isTemplateProblem(template)) throw new Error('does not compile');
  expect(template.route('1')?.destination).toBe('sofia/gateway/b/1');
  expect(template.route('2')?.destination).toBe('sofia/gateway/a/2');
});

test('a variable whose set rule did not match is empty', () => {
  const rules = [
    { pattern: '^1', action: 'set', destination: 'prefix=00' },
    { pattern: '.*', action: 'transfer', destination: `\${prefix}$0` },
  ];
  expect(route('2', rules)?.destination).toBe('2');
});

test('set rules alone route nothing', () => {
  expect(route('1', [{ pattern: '1', action: 'set', destination: 'a=1' }])).toBeNull();
});

test('inserted text is not expanded again', () => {
  expect(route('1', [{ pattern: '1', action: 'transfer', destination: `\${a}` }], { a: `\${b}$0` })?.destination).toBe(
    `\${b}$0`,
  );
});

test('another dollar sign is literal, and a capture has one digit', () => {
  expect(route('12', [{ pattern: '^(1)', action: 'transfer', destination: '$x$$10' }])?.destination).toBe('$x$10');
});

test('a capture that the pattern does not have is rejected', () => {
  expect(problems([{ pattern: '^9([0-9]+)$', action: 'transfer', destination: '$0-$1-$2' }])).toEqual([
    { code: 'VALIDATION_FAILED', path: 'rules[0].destination', message: '$2 is not captured by the pattern' },
  ]);
});

test('an unknown variable is rejected, also one that a later rule sets', () => {
  const uses = { priority: 1, pattern: '.', action: 'transfer', destination: `\${area}` };
  const sets = { priority: 2, pattern: '.', action: 'set', destination: 'area=1' };
  expect(problems([sets, uses])).toEqual([
    { code: 'VALIDATION_FAILED', path: 'rules[1].destination', message: `\${area} is not a variable of the template` },
  ]);
  expect(problems([{ ...sets, priority: 0 }, uses])).toEqual([]);
  expect(problems([{ ...uses, destination: `\${}` }])).toHaveLength(1);
});

test('a faulty pattern is rejected with its position, under the position of the rule in the list', () => {
  const rules = [
    { priority: 9, pattern: '^1(', action: 'answer' },
    { priority: 1, pattern: '.', action: 'set', destination: 'no assignment' },
  ];
  expect(problems(rules)).toEqual([
    { code: 'VALIDATION_FAILED', path: 'rules[1].destination', message: 'must have the form name=value' },
    { code: 'INVALID_PATTERN', path: 'rules[0].pattern', message: 'missing closing ) at position 2' },
  ]);
});

test('only answer and hangup need no destination', () => {
  expect(
    problems([
      { pattern: '.', action: 'answer' },
      { pattern: '.', action: 'hangup' },
    ]),
  ).toEqual([]);
  for (const action of ['bridge', 'transfer', 'playback', 'voicemail']) {
    expect(problems([{ pattern: '.', action }])).toEqual([
      { code: 'VALIDATION_FAILED', path: 'rules[0].destination', message: `is required for ${action}` },
    ]);
  }
});
