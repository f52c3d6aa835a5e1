import { parseAssignment, parseDestination, type Destination } from '../dialplan-evaluator/destination.ts';
import {
  contextDocument,
  switchPhrase,
  switchText,
  type SwitchAction,
  type SwitchExtension,
} from '../dialplan-evaluator/freeswitch.ts';
import type { DialplanTemplate, TemplateRule } from './dialplan-template.ts';

/** The whole template as a FreeSWITCH dial plan (dialplan.md, "POST /dialplan/freeswitch"). */

/** Variables as FreeSWITCH is to read them, by their names. */
type Variables = ReadonlyMap<string, string>;

type Template = Pick<DialplanTemplate, 'rules' | 'variables'>;

/** The document of a context with an extension for each rule, in the order of trying. */
export function templateDocument(template: Template, context: string) {
  const variables = variablesOf(template);
  const rules = template.rules
    .map((rule, position) => ({ rule, name: `rule-${position + 1}` }))
    .sort((one, other) => one.rule.priority - other.rule.priority);
  return contextDocument(context, [
    ...beginning(template),
    ...rules.map(({ rule, name }) => extensionOf(rule, name, { variables, context })),
  ]);
}

/** A name of ours would otherwise steer the switch itself (`api_hangup_hook`). */
const ownName = (name: string): string => `template_${name}`;

const variablesSet = ({ rules }: Template): ReadonlySet<string> =>
  new Set(
    rules.flatMap(({ action, destination }) => (action === 'set' ? (parseAssignment(destination)?.name ?? []) : [])),
  );

/** What no rule sets stands as its value; the others are variables of the call. */
function variablesOf(template: Template): Variables {
  const values = Object.entries(template.variables).map(([name, value]) => [name, switchText(String(value))] as const);
  return new Map([...values, ...[...variablesSet(template)].map((name) => [name, `\${${ownName(name)}}`] as const)]);
}

/** The values that variables have before a rule sets them. */
function beginning(template: Template): SwitchExtension[] {
  const set = variablesSet(template);
  const values = Object.entries(template.variables).filter(([name]) => set.has(name));
  if (values.length === 0) return [];
  const actions = values.map(([name, value]) => assignment(name, switchText(String(value))));
  return [{ name: 'variables', continues: true, pattern: '^', actions }];
}

const assignment = (name: string, value: string): SwitchAction => ({
  application: 'set',
  data: `${ownName(name)}=${value}`,
});

type Surroundings = { readonly variables: Variables; readonly context: string };

const extensionOf = (rule: TemplateRule, name: string, { variables, context }: Surroundings): SwitchExtension => ({
  name,
  continues: rule.action === 'set',
  pattern: rule.pattern,
  actions: [actionOf(rule, variables, context)],
});

function actionOf({ action, destination }: TemplateRule, variables: Variables, context: string): SwitchAction {
  switch (action) {
    case 'set': {
      const set = parseAssignment(destination);
      if (set === null) throw new Error('the template was saved without being compiled');
      return assignment(set.name, rendered(set.value, variables, switchText));
    }
    case 'bridge':
      return { application: action, data: rendered(parseDestination(destination), variables, switchText) };
    case 'transfer':
      return {
        application: action,
        data: `${rendered(parseDestination(destination), variables, switchText)} XML ${switchText(context)}`,
      };
    default:
      return {
        application: action,
        data: destination === '' ? undefined : rendered(parseDestination(destination), variables, switchPhrase),
      };
  }
}

/** FreeSWITCH writes captures as we do. */
const rendered = (destination: Destination, variables: Variables, literal: (text: string) => string): string =>
  destination
    .map((part) => {
      if ('literal' in part) return literal(part.literal);
      return 'capture' in part ? `$${part.capture}` : (variables.get(part.variable) ?? '');
    })
    .join('');
