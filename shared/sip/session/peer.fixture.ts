/** A peer that a test plays by hand: it sees each request of a session and answers with any response. */
import { address } from '../address.ts';
import { newResponse } from '../build.ts';
import { header } from '../header-kinds.ts';
import { Field, Headers } from '../headers.ts';
import type { SipRequest, SipResponse } from '../message.ts';
import { defaultTimers } from '../transaction/timers.ts';
import { fakeTimers } from '../transaction/timers.fixture.ts';
import { sipUri } from '../uri.ts';
import { newVia } from '../via.ts';
import { sdpParts } from './body.ts';
import type { Invitation, RequestSender, SenderListener, SessionListener } from './session.ts';
import { newListener, sdp } from './sessions.fixture.ts';
import { Sessions, type SessionsParts } from './sessions.ts';

type SentRequest = {
  readonly request: SipRequest;
  readonly listener: SenderListener;
  cancels: (Headers | undefined)[];
};

/** The parts of a response that tests vary. */
export type Answer = { readonly tag?: string; readonly sdp?: string; readonly headers?: readonly Field[] };

/** A response of the peer; its Contact has the tag as user. */
export function respond({ request, listener }: SentRequest, status: number, answer: Answer = {}): SipResponse {
  const { tag = 'b1', sdp: description, headers = [] } = answer;
  const contact = Field.of(header.contact, address(sipUri({ user: tag, host: '192.0.2.9' })));
  const parts = sdpParts(new Headers([contact, ...headers]), description);
  const withVia = request.with(request.headers.prepend(header.via, newVia('UDP', 'a.example.com', 5060, 'z9hG4bK1')));
  const response = newResponse(withVia, { status, toTag: tag, ...parts });
  listener.onResponse(response);
  return response;
}

/** Sessions whose requests the test answers. */
export function newCaller(parts: Partial<SessionsParts> = {}) {
  const clock = fakeTimers();
  const sent: SentRequest[] = [];
  const acks: SipRequest[] = [];
  let count = 0;
  const sessions = new Sessions({
    setTimer: clock.setTimer,
    timers: defaultTimers,
    newTag: () => `a${(count += 1)}`,
    random: () => 0.5,
    headers: Headers.none,
    max: 10,
    ...parts,
  });
  const sender: RequestSender = {
    request: (request, listener) => {
      const entry: SentRequest = { request, listener, cancels: [] };
      sent.push(entry);
      return { cancel: (headers) => void entry.cancels.push(headers) };
    },
    acknowledge: (ack) => void acks.push(ack),
  };
  const listener = newListener();
  const invite = (invitation: Partial<Invitation> = {}, more: Partial<SessionListener> = {}) =>
    sessions.invite(
      {
        uri: sipUri({ user: 'bob', host: 'example.com' }),
        from: address(sipUri({ user: 'alice', host: 'example.com' })),
        to: address(sipUri({ user: 'bob', host: 'example.com' })),
        contact: sipUri({ host: 'a.example.com' }),
        sdp: sdp('alice'),
        timeout: 60_000,
        ...invitation,
      },
      sender,
      Object.assign(listener, more),
    );
  const methods = (): readonly string[] => sent.map(({ request }) => `${request.method} ${request.toTag ?? ''}`.trim());
  return { clock, sent, acks, sessions, sender, listener, invite, methods };
}
