import type { DialplanTemplate } from './dialplan-template.ts';

/** The gateways that a template names in its dial strings. */

const inDialString = /sofia\/gateway\/([^/|,]+)\//g;
const name = /^[A-Za-z0-9._-]{1,64}$/;
const variable = /^\$\{([^}]*)\}$/;

/** By name or id; where a variable stands for one, whatever the template gives it. */
export function gatewaysNamedIn({ rules, variables }: Pick<DialplanTemplate, 'rules' | 'variables'>): string[] {
  const valuesOf = (wanted: string): string[] => [
    ...(Object.hasOwn(variables, wanted) ? [String(variables[wanted])] : []),
    ...rules
      .filter(({ action, destination }) => action === 'set' && destination.split('=')[0]?.trim() === wanted)
      .map(({ destination }) => destination.slice(destination.indexOf('=') + 1).trim()),
  ];
  const named = rules
    .flatMap(({ destination }) => Array.from(destination.matchAll(inDialString), ([, found = '']) => found))
    .flatMap((found) => {
      const [, of] = variable.exec(found) ?? [];
      return of === undefined ? [found] : valuesOf(of);
    });
  return [...new Set(named.filter((each) => name.test(each)))];
}
