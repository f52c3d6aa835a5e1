/** The header Reason (RFC 3326): why a session ends. */
import { Fault } from '../fault.ts';
import { quote } from '../grammar.ts';
import { header, type Parameterized } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import { Parameters } from '../parameters.ts';
import type { EndReason } from './session.ts';

/** Q.850 causes have seven bits. */
const max = { q850: 127, status: 699 } as const;

/** The headers of a BYE, CANCEL or rejection. */
export function reasonHeaders({ status, q850, text }: EndReason): Headers {
  const values = [
    ...(status === undefined ? [] : [reasonValue('SIP', status, text)]),
    ...(q850 === undefined ? [] : [reasonValue('Q.850', q850, text)]),
  ];
  return values.length === 0 ? Headers.none : Headers.none.append(header.reason, ...values);
}

function reasonValue(value: string, cause: number, text: string | undefined): Parameterized {
  const parameters = new Parameters([['cause', String(cause)]]);
  return { value, parameters: text === undefined ? parameters : parameters.with('text', quote(text)) };
}

/** The causes of a message; what cannot be read is left out. */
export function readReason(headers: Headers): EndReason {
  const values = headers.all(header.reason);
  if (values instanceof Fault) return {};
  const causeOf = (protocol: string, limit: number): number | undefined => {
    const cause = Number(values.find(({ value }) => value.toLowerCase() === protocol)?.parameters.get('cause') ?? NaN);
    return Number.isInteger(cause) && cause >= 0 && cause <= limit ? cause : undefined;
  };
  const [status, q850] = [causeOf('sip', max.status), causeOf('q.850', max.q850)];
  const text = values.map(({ parameters }) => parameters.get('text')).find((each) => each !== undefined);
  return {
    ...(status === undefined ? {} : { status }),
    ...(q850 === undefined ? {} : { q850 }),
    ...(text === undefined ? {} : { text }),
  };
}
