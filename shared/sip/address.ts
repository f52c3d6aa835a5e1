import { Fault } from './fault.ts';
import { closingQuote, quote, unquote } from './grammar.ts';
import { Parameters, parseParameters } from './parameters.ts';
import { parseUri, printUri, type Uri } from './uri.ts';

/** `"display name" <uri>;parameters`: the value of From, To, Contact, Route and similar headers (RFC 3261 §20.10). */
export type Address = {
  /** Without its quotes; undefined if the address has no display name. */
  readonly display: string | undefined;
  readonly uri: Uri;
  readonly parameters: Parameters;
};

/** Builds an address. */
export const address = (uri: Uri, parameters: Parameters = Parameters.none, display?: string): Address => ({
  display,
  uri,
  parameters,
});

/** Reads one address: with angle brackets (`name-addr`) or without (`addr-spec`). */
export function parseAddress(text: string): Address | Fault {
  const opening = text.startsWith('"') ? afterQuote(text) : text.indexOf('<');
  if (opening instanceof Fault) return opening;
  return opening === -1 ? parseBare(text) : parseBracketed(text, opening);
}

/** Index of the angle bracket after a quoted display name. */
function afterQuote(text: string): number | Fault {
  const closing = closingQuote(text, 0);
  const opening = text.indexOf('<', closing + 1);
  if (closing === -1 || opening === -1 || text.slice(closing + 1, opening).trim() !== '')
    return new Fault('Unbalanced quotes in display name');
  return opening;
}

function parseBracketed(text: string, opening: number): Address | Fault {
  const closing = text.indexOf('>', opening);
  if (closing === -1) return new Fault('Unbalanced angle bracket');
  const display = opening === 0 ? undefined : parseDisplay(text.slice(0, opening).trim());
  if (display instanceof Fault) return display;
  const uri = parseUri(text.slice(opening + 1, closing));
  if (uri instanceof Fault) return uri;
  const parameters = parseParameters(text, closing + 1);
  return parameters instanceof Fault ? parameters : { display, uri, parameters };
}

function parseDisplay(text: string): string | undefined | Fault {
  if (text === '') return undefined;
  if (text.startsWith('"')) return unquote(text);
  return words.test(text) ? text : new Fault('Display name needs quotes');
}

/** RFC 3261 §25.1 asks for tokens. Phones also send letters beyond ASCII without quotes, which are unambiguous. */
const words = /^(?:[\w!%'*+\-.`~ \t]|\P{ASCII})+$/u;

/**
 * Without angle brackets, everything after the first semicolon is a parameter of the header, and the URI must not
 * contain a comma or a question mark (RFC 3261 §20.10).
 */
function parseBare(text: string): Address | Fault {
  const semicolon = text.indexOf(';');
  const end = semicolon === -1 ? text.length : semicolon;
  const spec = text.slice(0, end).trimEnd();
  if (spec.includes('?') || spec.includes(',')) return new Fault('URI needs angle brackets');
  const uri = parseUri(spec);
  if (uri instanceof Fault) return uri;
  const parameters = parseParameters(text, end);
  return parameters instanceof Fault ? parameters : { display: undefined, uri, parameters };
}

/** The address in angle brackets, its display name quoted. */
export const printAddress = ({ display, uri, parameters }: Address): string =>
  `${display === undefined ? '' : `${quote(display)} `}<${printUri(uri)}>${parameters.toString()}`;
