import { variableName } from '../schema/dialplan-template.ts';
import type { Captures } from './pattern.ts';

/** Destinations of template rules: text with captures (`$0` to `$9`) and variables (`${name}`). */

type Part = { readonly literal: string } | { readonly capture: number } | { readonly variable: string };

export type Destination = readonly Part[];

const reference = /\$(?:([0-9])|\{([^}]*)\})/g;

/** Any other `$` is literal text. */
export function parseDestination(text: string): Destination {
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(reference)) {
    const [whole, capture, variable = ''] = match;
    parts.push(
      { literal: text.slice(from, match.index) },
      capture === undefined ? { variable } : { capture: Number(capture) },
    );
    from = match.index + whole.length;
  }
  return [...parts, { literal: text.slice(from) }];
}

/** The captures and variables of a destination that its rule does not have, as sentences. */
export const unknownReferences = (
  destination: Destination,
  groupCount: number,
  isVariable: (name: string) => boolean,
): string[] =>
  destination.flatMap((part) => {
    if ('capture' in part && part.capture > groupCount) return [`$${part.capture} is not captured by the pattern`];
    if ('variable' in part && !isVariable(part.variable))
      return [`\${${part.variable}} is not a variable of the template`];
    return [];
  });

/** The text for one call. Inserted text is not expanded again. A variable without a value is empty. */
export function renderDestination(
  destination: Destination,
  captures: Captures,
  variables: ReadonlyMap<string, string>,
): string {
  let text = '';
  for (const part of destination) {
    if ('literal' in part) text += part.literal;
    else text += 'capture' in part ? (captures[part.capture] ?? '') : (variables.get(part.variable) ?? '');
  }
  return text;
}

/** The variable and value of a `set` rule (`name=value`); null if the text has another form. */
export function parseAssignment(text: string): { readonly name: string; readonly value: Destination } | null {
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(equals, 0)).trim();
  return variableName.test(name) ? { name, value: parseDestination(text.slice(equals + 1).trim()) } : null;
}

/** The FreeSWITCH dial string for a number over a gateway. */
export const gatewayDestination = (gateway: string, number: string): string => `sofia/gateway/${gateway}/${number}`;

/** The number in a dial string for a gateway, as the gateway is sent it. */
export const numberIn = (destination: string): string => destination.slice(destination.lastIndexOf('/') + 1);

/** The gateway in a dial string, or null. */
export const gatewayIn = (destination: string): string | null =>
  /^sofia\/gateway\/([A-Za-z0-9._-]{1,64})\/[^/|,]*$/.exec(destination)?.[1] ?? null;
