import type { DialplanTemplate } from './dialplan-template.ts';

const inDialString = /sofia\/gateway\/([^/|,]+)\//g;
const gatewayReference = /^[A-Za-z0-9._-]{1,64}$/;
const variableReference = /^\$\{([^}]*)\}$/;

/** The gateways in the dial strings of a template, by name or id. A variable stands for each value it can have. */
export function gatewaysNamedIn({ rules, variables }: Pick<DialplanTemplate, 'rules' | 'variables'>): string[] {
  const valuesOf = (variable: string): string[] => [
    ...(Object.hasOwn(variables, variable) ? [String(variables[variable])] : []),
    ...rules
      .filter(({ action, destination }) => action === 'set' && destination.split('=')[0]?.trim() === variable)
      .map(({ destination }) => destination.slice(destination.indexOf('=') + 1).trim()),
  ];
  const named = rules
    .flatMap(({ destination }) => Array.from(destination.matchAll(inDialString), ([, reference = '']) => reference))
    .flatMap((reference) => {
      const [, variable] = variableReference.exec(reference) ?? [];
      return variable === undefined ? [reference] : valuesOf(variable);
    });
  return [...new Set(named.filter((reference) => gatewayReference.test(reference)))];
}
