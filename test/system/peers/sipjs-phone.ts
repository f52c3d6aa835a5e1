import {
  Invitation,
  Inviter,
  Registerer,
  RegistererState,
  type Session,
  type SessionDescriptionHandler,
  type SessionDescriptionHandlerOptions,
  SessionState,
  SIPExtension,
  Subscriber,
  SubscriptionState,
  UserAgent,
} from 'sip.js';
import { eventually } from '../../support/eventually.ts';
import {
  lineStateType,
  FakeMedia,
  holds,
  type BrowserCall,
  type BrowserPhone,
  type Watching,
  type WebSocketAccount,
} from './browser-phone.ts';

type Options = SessionDescriptionHandlerOptions & { readonly hold?: boolean };

/** The media of a session. */
function fakeHandler(): SessionDescriptionHandler {
  const media = new FakeMedia();
  let state: 'stable' | 'offer sent' | 'offer received' = 'stable';
  return {
    close: () => undefined,
    getDescription: async (options?: Options) => {
      const body = state === 'offer received' ? media.answer() : media.offer(options?.hold);
      state = state === 'offer received' ? 'stable' : 'offer sent';
      return { body, contentType: 'application/sdp' };
    },
    hasDescription: (type) => type === 'application/sdp',
    setDescription: async (sdp) => {
      media.receive(sdp);
      state = state === 'offer sent' ? 'stable' : 'offer received';
    },
    sendDtmf: () => false,
  };
}

const digitIn = (body: string): string => /Signal= ?(\S)/i.exec(body)?.[1] ?? '';

/** Follows a session. */
function callOf(
  session: Inviter | Invitation,
  domain: string,
): BrowserCall & { readonly note: (text: string) => void } {
  const seen: string[] = [];
  const note = (text: string): void => void seen.push(text);
  session.stateChange.addListener((state) => {
    if (state === SessionState.Established) note('answered');
    if (state === SessionState.Terminated) note('over');
  });
  session.delegate = {
    onBye: (bye) => {
      note('hung up');
      void bye.accept();
    },
    onCancel: () => note('cancelled'),
    onInfo: (received) => {
      note(`digit ${digitIn(received.request.body)}`);
      void received.accept();
    },
    onInvite: (request) => note(holds(request.body) ? 'held' : 'resumed'),
  };
  // It rejects until the exchange before it is complete.
  const renegotiate = (hold: boolean): void =>
    void eventually(() =>
      session.invite({
        sessionDescriptionHandlerOptions: { hold } as Options,
        requestDelegate: { onReject: ({ message }) => note(`offer rejected ${message.statusCode}`) },
      }),
    ).catch((error: unknown) => note(`no offer: ${String(error)}`));
  return {
    seen,
    note,
    answer: () => void (session instanceof Invitation && session.accept()),
    reject: (status) => void (session instanceof Invitation && session.reject({ statusCode: status })),
    hangUp: () => void end(session),
    hold: () => renegotiate(true),
    resume: () => renegotiate(false),
    transfer: (extension) => void refer(session, `sip:${extension}@${domain}`, note),
    press: (digit) => void pressDigit(session, digit),
  };
}

const end = (session: Session): Promise<unknown> =>
  session instanceof Inviter && session.state !== SessionState.Established ? session.cancel() : session.bye();

/** Notes the final status that the NOTIFYs report (RFC 3515). */
async function refer(session: Session, target: string, note: (text: string) => void): Promise<void> {
  await session.refer(uriOf(target), {
    onNotify: (notification) => {
      const status = Number(/^SIP\/2\.0 (\d{3})/.exec(notification.request.body)?.[1]);
      if (status >= 200) note(status < 300 ? 'transferred' : 'not transferred');
      void notification.accept();
    },
    requestDelegate: { onReject: () => note('not transferred') },
  });
}

const pressDigit = (session: Session, digit: string): Promise<unknown> =>
  session.info({
    requestOptions: {
      body: {
        contentDisposition: 'render',
        contentType: 'application/dtmf-relay',
        content: `Signal=${digit}\r\nDuration=100`,
      },
    },
  });

function uriOf(text: string) {
  const uri = UserAgent.makeURI(text);
  if (uri === undefined) throw new Error('no URI');
  return uri;
}

/** Calls, and notes what the responses say. */
function invite(agent: UserAgent, extension: string, domain: string): BrowserCall {
  const inviter = new Inviter(agent, uriOf(`sip:${extension}@${domain}`));
  const { note, ...call } = callOf(inviter, domain);
  void inviter.invite({
    requestDelegate: {
      onProgress: () => note('ringing'),
      onReject: ({ message }) => note(`rejected ${message.statusCode}`),
    },
  });
  return call;
}

function watch(agent: UserAgent, target: string): Watching {
  const notified: { readonly body: string }[] = [];
  const subscriber = new Subscriber(agent, uriOf(target), 'dialog', { extraHeaders: [`Accept: ${lineStateType}`] });
  subscriber.delegate = {
    onNotify: (notification) => {
      notified.push(notification.request);
      void notification.accept();
    },
  };
  void subscriber.subscribe();
  return {
    notified,
    end: () => void subscriber.unsubscribe(),
    isOver: () => subscriber.state === SubscriptionState.Terminated,
  };
}

/** A phone of SIP.js, registered. It connects again when its connection is lost. */
export async function sipJsPhone({ username, password, domain, url }: WebSocketAccount): Promise<BrowserPhone> {
  const uri = uriOf(`sip:${username}@${domain}`);
  const incoming: BrowserCall[] = [];
  let registrations = 0;
  let isUsed = true;
  const agent = new UserAgent({
    uri,
    authorizationUsername: username,
    authorizationPassword: password,
    transportOptions: { server: url },
    logBuiltinEnabled: false,
    sipExtension100rel: SIPExtension.Supported,
    sessionDescriptionHandlerFactory: () => fakeHandler(),
    delegate: {
      onInvite: (invitation) => {
        const { note: _, ...call } = callOf(invitation, domain);
        incoming.push(call);
      },
      onDisconnect: () => {
        if (isUsed) void reconnect();
      },
    },
  });
  const registerer = new Registerer(agent);
  const register = async (): Promise<void> =>
    void (await registerer.register({ requestDelegate: { onAccept: () => (registrations += 1) } }));
  const reconnect = async (): Promise<void> => {
    await agent.reconnect();
    await register();
  };
  await agent.start();
  await register();
  await eventually(() => registerer.state === RegistererState.Registered);
  return {
    call: (extension) => invite(agent, extension, domain),
    watch: (extension) => watch(agent, `sip:${extension}@${domain}`),
    incoming,
    registrations: () => registrations,
    [Symbol.dispose]: () => {
      isUsed = false;
      void agent.stop();
    },
  };
}
