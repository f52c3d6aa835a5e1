import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyText } from '#test/support/any-text.ts';
import { dialable } from '#telephony/dialed-string.ts';
import { xmlDocument } from '#http/answers/xml.ts';
import { templateDocument } from '../dialplan-template/freeswitch-context.ts';
import type { TemplateRule } from '../schema/dialplan-template.ts';
import { decide } from '../plan/decide.ts';
import { callDocument } from './freeswitch-call.ts';
import { withoutLimits } from './call-limits.ts';
import type { GeneratedPlan } from '../plan/reference-interpreter.fixture.ts';
import { compilePattern, isPatternProblem } from '../plan/pattern.ts';
import { emptyPlan } from '../plan/plan-change.ts';
import { compilePlan, type CompiledPlan } from '../plan/plan.ts';
import { readSwitchDocument, type SwitchDocument } from './switch-structure.fixture.ts';
import { anyCall, anyPlan } from '../plan/generated-plan.fixture.ts';

/** FreeSWITCH documents of any plan, with any text in it. */

const pieces = [
  '$',
  '{',
  '}',
  `\${system(id)}`,
  `$\${global}`,
  '|',
  ',',
  '[',
  ']',
  '<',
  '>',
  ':_:',
  '^^',
  '\\',
  "'",
  '"',
  '&',
  ' ',
  '\n',
  'a',
  '1',
  '%',
  '@',
  'é',
  '$1x',
  '&amp;',
  ']]>',
  '</action>',
  '<!--',
  '\u0000',
  '{api_hangup_hook=x}',
  'loopback/1',
];
const hostile = fc.oneof(
  anyText({ maxLength: 20 }),
  fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((parts) => parts.join('')),
);

/** Text of a destination without references: a save checks captures and variables. */
const literal = hostile.map((text) => text.replaceAll(/\$(?=[0-9{])/g, '$-'));

/** A plan whose template has hostile text in each free field. */
const withHostileText = (generated: GeneratedPlan, texts: readonly string[]): GeneratedPlan => {
  const [domain = '', where = '', ...destinations] = texts;
  if (generated.template === null) return generated;
  const rules = generated.template.rules.map((rule, index): TemplateRule =>
    rule.action === 'set' || destinations.length === 0
      ? rule
      : { ...rule, destination: `${rule.destination}${destinations[index % destinations.length]}` },
  );
  return { ...generated, template: { rules, variables: { ...generated.template.variables, domain, where } } };
};

const anyHostilePlan = fc
  .tuple(anyPlan, hostile, hostile, fc.array(literal, { maxLength: 3 }))
  .map(([generated, domain, where, texts]) => withHostileText(generated, [domain, where, ...texts]));

const compileGenerated = (generated: GeneratedPlan): CompiledPlan =>
  compilePlan(
    {
      ...emptyPlan,
      version: 1,
      policies: generated.policies.filter(({ status }) => status === 'active'),
      template: generated.template,
      groups: generated.groups,
    },
    generated,
  );

/** What FreeSWITCH expands, splits or runs. */
const dangerous = /[${}|,[\]<>^\\'"`\n\r\t\0]|:_:/;

function expectPlain({ actions }: SwitchDocument, routes: number): void {
  for (const { application, data } of actions) {
    const dialStrings = application === 'bridge' ? data.split('|') : [data];
    expect(dialStrings).toHaveLength(application === 'bridge' ? Math.max(1, routes) : 1);
    for (const text of dialStrings) expect(text).not.toMatch(dangerous);
  }
}

/** Others are rejected before a plan decides. */
const anyDialedCall = anyCall.filter(({ called }) => dialable.test(called));

test('the answer to any call by any plan is a FreeSWITCH document without an extra dial string or expansion', () => {
  let dialed = 0;
  fc.assert(
    fc.property(
      anyHostilePlan,
      fc.array(anyDialedCall, { minLength: 20, maxLength: 20 }),
      hostile,
      (generated, calls, context) => {
        const plan = compileGenerated(generated);
        for (const { at, ...call } of calls) {
          const decision = withoutLimits(decide(plan, call, at));
          const read = readSwitchDocument(xmlDocument(callDocument(decision, { called: call.called, context })));
          expect(read.violations).toEqual([]);
          expectPlain(read, decision.routes.length);
          expect(read.actions.length > 0).toBe(decision.reason !== 'NO_ROUTE');
          expect(read.actions.at(-1)?.application === 'hangup' || decision.allowed || read.actions.length === 0).toBe(
            true,
          );
          for (const expression of read.expressions) expect(new RegExp(expression).test(call.called)).toBe(true);
          dialed += Number(decision.allowed);
        }
      },
    ),
    { numRuns: 150 },
  );
  expect(dialed).toBeGreaterThan(200);
});

/** Only variables of the template, under their prefixed names, and captures of the pattern expand. */
function expectOwnReferences(text: string, set: ReadonlySet<string>, groupCount: number): void {
  const rest = text
    .replaceAll(/\$\{template_([A-Za-z0-9_.-]+)\}/g, (whole, name: string) => (set.has(name) ? '' : whole))
    .replaceAll(/\$([0-9])/g, (whole, digit) => (Number(digit) <= groupCount ? '' : whole));
  expect(rest).not.toMatch(dangerous);
}

test('any template is a FreeSWITCH context in which only its own variables and captures expand', () => {
  fc.assert(
    fc.property(anyHostilePlan, hostile, ({ template }, context) => {
      fc.pre(template !== null);
      const read = readSwitchDocument(
        xmlDocument(templateDocument({ rules: [...template.rules], variables: { ...template.variables } }, context)),
      );
      expect(read.violations).toEqual([]);
      for (const expression of read.expressions) expect(expression).not.toMatch(/\$\{|^[_/]/);
      const set = new Set(
        template.rules.flatMap(({ action, destination }) =>
          action === 'set' ? [destination.slice(0, destination.indexOf('='))] : [],
        ),
      );
      const most = Math.max(...template.rules.map(({ pattern }) => groupCountOf(pattern)));
      for (const { application, data } of read.actions)
        expectOwnReferences(application === 'set' ? data.replace(/^template_[A-Za-z0-9_.-]+=/, '') : data, set, most);
    }),
    { numRuns: 300 },
  );
});

function groupCountOf(text: string): number {
  const pattern = compilePattern(text);
  return isPatternProblem(pattern) ? 0 : pattern.groupCount;
}
