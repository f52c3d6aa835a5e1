/** The header Replaces (RFC 3891), in an INVITE and in the URI of a Refer-To. */
import { Fault } from '../fault.ts';
import { header, type Parameterized } from '../header-kinds.ts';
import type { Headers } from '../headers.ts';
import { Parameters } from '../parameters.ts';
import { isSipUri, type Uri } from '../uri.ts';
import type { Replaces } from './session.ts';

/** The dialog that an INVITE is to replace; undefined if it replaces none. */
export function readReplaces(headers: Headers): Replaces | Fault | undefined {
  const value = headers.one(header.replaces);
  return value === undefined || value instanceof Fault ? value : replacesOf(value);
}

function replacesOf({ value, parameters }: Parameterized): Replaces | Fault {
  const [toTag, fromTag] = [parameters.get('to-tag'), parameters.get('from-tag')];
  if (toTag === undefined || fromTag === undefined) return new Fault('Replaces: Missing tag');
  return { callId: value, toTag, fromTag, earlyOnly: parameters.has('early-only') };
}

/** The Replaces among the headers of a URI (RFC 3515, RFC 5589 §7.2). Other headers are ignored. */
export function replacesOfUri(uri: Uri): Replaces | Fault | undefined {
  if (!isSipUri(uri) || uri.headers === undefined) return undefined;
  const text = uri.headers.split('&').find((each) => /^replaces=/i.test(each));
  if (text === undefined) return undefined;
  const decoded = decode(text.slice(text.indexOf('=') + 1));
  const value = decoded instanceof Fault ? decoded : header.replaces.parse(decoded);
  return value instanceof Fault ? value : replacesOf(value);
}

function decode(text: string): string | Fault {
  try {
    return decodeURIComponent(text);
  } catch {
    return new Fault('Replaces: Malformed escape');
  }
}

/** A URI whose INVITE replaces a dialog. */
export function withReplaces(uri: Uri, replaces: Replaces | undefined): Uri {
  if (!isSipUri(uri) || replaces === undefined) return uri;
  const { callId, toTag, fromTag, earlyOnly } = replaces;
  const tags = new Parameters([
    ['to-tag', toTag],
    ['from-tag', fromTag],
    ...(earlyOnly ? [['early-only', null] as const] : []),
  ]);
  return { ...uri, headers: `Replaces=${encodeURIComponent(`${callId}${tags.toString()}`)}` };
}
