import { parseAssignment, parseDestination, type Destination } from '../plan/destination.ts';
import {
  contextDocument,
  switchPhrase,
  switchText,
  type SwitchAction,
  type SwitchExtension,
} from '../plan/freeswitch.ts';
import type { DialplanTemplate, TemplateRule } from '../schema/dialplan-template.ts';

/** The template as a FreeSWITCH dial-plan context. */

/** By name: the text of a variable in the document. */
type Variables = ReadonlyMap<string, string>;

type Template = Pick<DialplanTemplate, 'rules' | 'variables'>;

/** The document of a context: an extension for each rule, in the order of trying. */
export function templateDocument(template: Template, context: string) {
  const variables = variablesOf(template);
  const rules = template.rules
    .map((rule, position) => ({ rule, name: `rule-${position + 1}` }))
    .sort((one, other) => one.rule.priority - other.rule.priority);
  return contextDocument(context, [
    ...initialExtensions(template),
    ...rules.map(({ rule, name }) => extensionOf(rule, name, { variables, context })),
  ]);
}

/** The prefix keeps a variable from controlling the switch, as `api_hangup_hook` would. */
const channelVariable = (name: string): string => `template_${name}`;

/** The variables that a rule sets. */
const namesSet = ({ rules }: Template): ReadonlySet<string> =>
  new Set(
    rules.flatMap(({ action, destination }) => (action === 'set' ? (parseAssignment(destination)?.name ?? []) : [])),
  );

/** A variable that no rule sets is written as its value, any other as a channel variable. */
function variablesOf(template: Template): Variables {
  const values = Object.entries(template.variables).map(([name, value]) => [name, switchText(String(value))] as const);
  const references = [...namesSet(template)].map((name) => [name, `\${${channelVariable(name)}}`] as const);
  return new Map([...values, ...references]);
}

/** Gives the channel variables their values before any rule. */
function initialExtensions(template: Template): SwitchExtension[] {
  const set = namesSet(template);
  const values = Object.entries(template.variables).filter(([name]) => set.has(name));
  if (values.length === 0) return [];
  const actions = values.map(([name, value]) => assignment(name, switchText(String(value))));
  return [{ name: 'variables', continues: true, pattern: '^', actions }];
}

const assignment = (name: string, value: string): SwitchAction => ({
  application: 'set',
  data: `${channelVariable(name)}=${value}`,
});

type RuleContext = { readonly variables: Variables; readonly context: string };

const extensionOf = (rule: TemplateRule, name: string, context: RuleContext): SwitchExtension => ({
  name,
  continues: rule.action === 'set',
  pattern: rule.pattern,
  actions: [actionOf(rule, context)],
});

function actionOf({ action, destination }: TemplateRule, { variables, context }: RuleContext): SwitchAction {
  switch (action) {
    case 'set': {
      const set = parseAssignment(destination);
      if (set === null) throw new Error('a stored template has a set rule without name=value');
      return assignment(set.name, render(set.value, variables, switchText));
    }
    case 'bridge':
      return { application: action, data: render(parseDestination(destination), variables, switchText) };
    case 'transfer':
      return {
        application: action,
        data: `${render(parseDestination(destination), variables, switchText)} XML ${switchText(context)}`,
      };
    default:
      return {
        application: action,
        data: destination === '' ? undefined : render(parseDestination(destination), variables, switchPhrase),
      };
  }
}

/** FreeSWITCH has the same syntax for captures. */
const render = (destination: Destination, variables: Variables, escape: (text: string) => string): string =>
  destination
    .map((part) => {
      if ('literal' in part) return escape(part.literal);
      return 'capture' in part ? `$${part.capture}` : (variables.get(part.variable) ?? '');
    })
    .join('');
