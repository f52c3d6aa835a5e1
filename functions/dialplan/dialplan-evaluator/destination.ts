import { variableName } from '../dialplan-template/dialplan-template.ts';
import type { Captures } from './pattern.ts';

/** Destinations of template rules: text with `$0`–`$9` (captures) and `${name}` (variables). */

type Part = { readonly literal: string } | { readonly capture: number } | { readonly variable: string };

export type Destination = readonly Part[];

const reference = /\$(?:([0-9])|\{([^}]*)\})/g;

/** A `$` that begins neither form stands for itself. */
export function parseDestination(text: string): Destination {
  const parts: Part[] = [];
  let from = 0;
  for (const found of text.matchAll(reference)) {
    const [whole, capture, variable = ''] = found;
    parts.push(
      { literal: text.slice(from, found.index) },
      capture === undefined ? { variable } : { capture: Number(capture) },
    );
    from = found.index + whole.length;
  }
  return [...parts, { literal: text.slice(from) }];
}

/** What a destination asks for that a rule cannot give it, as sentences. */
export const unknownReferences = (
  destination: Destination,
  groupCount: number,
  isVariable: (name: string) => boolean,
): string[] =>
  destination.flatMap((part) => {
    if ('capture' in part && part.capture > groupCount) return [`$${part.capture} is not captured by the pattern`];
    if ('variable' in part && !isVariable(part.variable)) return [`\${${part.variable}} is no variable`];
    return [];
  });

/** The text for one call. What is put in is not looked through again. A variable that no rule has set is empty. */
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

/** What a `set` rule sets, `name=value`; null when it does not say so. */
export function parseAssignment(text: string): { readonly name: string; readonly value: Destination } | null {
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(equals, 0)).trim();
  return variableName.test(name) ? { name, value: parseDestination(text.slice(equals + 1).trim()) } : null;
}

/** The dial string by which FreeSWITCH reaches a number over a gateway. */
export const gatewayDestination = (gateway: string, number: string): string => `sofia/gateway/${gateway}/${number}`;

/** The gateway that a dial string names, or null. */
export const gatewayIn = (destination: string): string | null =>
  /^sofia\/gateway\/([A-Za-z0-9._-]{1,64})\/[^/|,]*$/.exec(destination)?.[1] ?? null;
