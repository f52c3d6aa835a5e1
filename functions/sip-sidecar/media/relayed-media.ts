import { withDirection, withoutSources } from '#sip/sdp/sdp.ts';
import { chooseMedia } from '#sip/sdp/srtp.ts';
import { hasTelephoneEvents } from '#sip/sdp/telephone-events.ts';
import type { DigitWay } from '#telephony/call.ts';
import type { MediaEncryption } from '#telephony/peer-settings.ts';
import type { TransportName } from '../transport/flow.ts';
import { noApplicationMedia, type ApplicationMedia, type PartyAtRelay } from './application-media.ts';
import {
  MediaFailure,
  assertCodecs,
  assertMedia,
  type CallMedia,
  type HeardParties,
  type HeardParty,
  type Recording,
  type SentDescription,
  type StoredMedia,
} from './call-media.ts';
import type { DigitPosition, HeardDigit } from './digit-feed.ts';
import { atRelay, deleteSessions, EncryptedSessions, readKeys, replaysKeys, setEncryption } from './encrypted-leg.ts';
import { EndpointLearning } from './endpoint-learning.ts';
import { exchangeOf, isFaxExchange, isSending, storedExchange, type ConnectedLegs, type Exchange } from './exchange.ts';
import { heardParty } from './heard-party.ts';
import { isSilent, type MusicOnHold } from './hold-music.ts';
import { LegSounds } from './leg-sounds.ts';
import { permittedFax, type FaxSetting } from './fax.ts';
import { formFor, mediaKindOf, mediaKindOver } from './media-kind.ts';
import { mediaSourceOf, namesOnly, readableForm, withCandidates } from './media-source.ts';
import { notAvailable } from './ng-client.ts';
import {
  descriptionIn,
  isUnknownCall,
  type AskedOfParty,
  type NgCommand,
  type NgDescription,
  type NgReply,
} from './ng-message.ts';
import { offerAtRelay, offerFor, permittedOffer, type PeerAudio } from './peer-audio.ts';
import { PassedOffers, withoutPrivateCandidates } from './passed-offers.ts';
import type { PlayedSound } from './platform-sounds.ts';
import { codecsBetween, heardMedia, readDescription, storedLeg, writeDescription, type Leg } from './relayed-leg.ts';
import { RelayedRecording } from './relayed-recording.ts';
import { deleteAt, type Relays } from './relays.ts';
import { ToneDetection } from './tone-detection.ts';

/** The dependencies of relayed media. */
export type RelayedMediaDependencies = {
  readonly relays: Pick<Relays, 'choose' | 'ask'>;
  /** Whether media may go to private addresses. */
  readonly allowsPrivate: boolean;
  /** The call has a relay. */
  readonly onRelay: (relay: string) => void;
  readonly fault: (error: unknown) => void;
  /** Undefined: the call is not recorded, or another task has begun it. */
  readonly recording?: Recording | undefined;
  /** Folder in which the relays capture calls, with the sounds of notices. Undefined: no relay records. */
  readonly folder?: string | undefined;
  /** What a party hears that joins a recorded call of another task. Undefined: nothing. */
  readonly notice?: string | undefined;
  /** What a party hears that is held; default: nothing. */
  readonly music?: MusicOnHold | undefined;
  /** Default: applications hear and play nothing. */
  readonly applications?: UsedByApplications;
  /** Unix milliseconds; default: those of the machine. */
  readonly now?: () => number;
};

type UsedByApplications = Pick<ApplicationMedia, 'play' | 'stop' | 'onDigit' | 'digitPosition'>;

/** Who answers a leg that is held: no party. */
const holding = 'hold';

/** An application says nothing. */
const silent: HeardParty = { at: 0, packets: 0, isExpected: false };

/**
 * Media that pass a relay (rtpengine). Each leg has a tag there, which it keeps while its partners change: so the keys
 * of a browser stay valid in transfers.
 */
export class RelayedMedia implements CallMedia {
  readonly #call: string;
  readonly #dependencies: RelayedMediaDependencies;
  readonly #legs = new Map<string, Leg>();
  /** Legs that have to answer an application. */
  readonly #asked = new Map<string, PromiseWithResolvers<undefined>>();
  readonly #offers = new PassedOffers();
  /** By leg: its last complete exchange. */
  readonly #agreed = new Map<string, Exchange>();
  /** By leg: when it was heard last, in Unix milliseconds, as far as the relay was asked. */
  readonly #heardAt = new Map<string, number>();
  #relay: string | undefined;
  #isClosed = false;
  readonly #recording: RelayedRecording;
  readonly #learning: EndpointLearning;
  readonly #encrypted: EncryptedSessions;
  readonly #sounds: LegSounds;
  readonly #tones: ToneDetection;
  /** The last answer, as the relay got it. */
  #answer: NgDescription | undefined;
  /** Whether the parties hear each other after the answer. */
  #gate: 'open' | 'held back' | 'blocked' = 'open';
  /** Commands of a call are sent one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(call: string, dependencies: RelayedMediaDependencies) {
    this.#call = call;
    this.#dependencies = dependencies;
    const { relays, fault, recording, folder, notice } = dependencies;
    const ask = (command: NgCommand): Promise<NgReply> => relays.ask(this.#relay ?? '', command);
    this.#recording = new RelayedRecording({ call, ask, fault, recording, folder, notice });
    this.#sounds = new LegSounds({
      applications: this.#applications,
      partyAt: (leg) => this.#partyAt(leg),
      askAbout: (leg, asked) => this.#askAbout(leg, asked),
      inOrder: (work) => this.#inOrder(async () => (this.#isClosed ? undefined : work())),
      folder,
      music: dependencies.music,
      fault,
    });
    this.#tones = new ToneDetection({
      legOf: (leg) => this.#legOf(leg),
      askAbout: (leg, asked) => this.#askAbout(leg, asked),
      inOrder: (work) => this.#inOrder(async () => (this.#isClosed ? undefined : work())),
      fault,
    });
    this.#learning = new EndpointLearning({
      query: () => ask({ command: 'query', 'call-id': call }),
      restart: () => this.#inOrder(async () => void (this.#answer && !this.#isClosed && (await ask(this.#answer)))),
    });
    this.#encrypted = new EncryptedSessions({
      ...{ call, ask },
      describe: (command) => this.#describe(command),
      inOrder: (work) => this.#inOrder(async () => (this.#isClosed ? undefined : work())),
    });
  }

  /** The media of a call of another task, whose connected legs have these names here. */
  static resume(
    call: string,
    { relay, source, destination, recorded, agreed, music }: StoredMedia,
    legs: ConnectedLegs,
    dependencies: RelayedMediaDependencies,
  ): RelayedMedia {
    const media = new RelayedMedia(call, dependencies);
    media.#relay = relay;
    media.#legs.set(legs.source, { ...source });
    media.#legs.set(legs.destination, { ...destination });
    for (const leg of [source, destination]) media.#encrypted.resume(leg);
    if (agreed !== undefined) {
      media.#agree(exchangeOf(agreed, legs));
      media.#sounds.resume(exchangeOf(agreed, legs));
    }
    if (music !== undefined)
      media.#sounds.music.resume(legs[music], legs[music === 'source' ? 'destination' : 'source']);
    media.#recording.resume(recorded === true, [source.tag, destination.tag]);
    return media;
  }

  get relay(): string | undefined {
    return this.#relay;
  }

  expect(leg: string, transport: TransportName, heard?: string): void {
    Object.assign(this.#legOf(leg), { kind: mediaKindOver(transport), heard });
  }

  encrypt(leg: string, encryption: MediaEncryption): void {
    setEncryption(this.#legOf(leg), encryption);
  }

  limitFax(leg: string, fax: FaxSetting): void {
    this.#legOf(leg).fax = fax;
  }

  limitAudio(leg: string, audio: PeerAudio): void {
    this.#legOf(leg).audio = audio;
  }

  expectApplication(leg: string): void {
    Object.assign(this.#legOf(leg), { kind: 'rtp', isApplication: true });
  }

  delay(leg: string, milliseconds: number): Promise<void> {
    // Its buffer is there so that the begin of a digit can be removed; no digit is.
    const buffer = { 'DTMF-security': 'off', 'delay-buffer': milliseconds } as const;
    return this.#inOrder(async () => void (await this.#askAbout(leg, { command: 'block DTMF', ...buffer })));
  }

  async play(leg: string, sound: PlayedSound, times?: number): Promise<number> {
    await this.#asked.get(leg)?.promise;
    return this.#inOrder(() => this.#sounds.play(leg, sound, times));
  }

  async ring(leg: string): Promise<void> {
    await this.#asked.get(leg)?.promise;
    return this.#inOrder(() => this.#sounds.ring(leg));
  }

  async ringAlone(leg: string): Promise<void> {
    return this.#inOrder(() => this.#sounds.ringAlone(leg));
  }

  startRecording(metadata: Recording['metadata'], how?: { readonly replaces: boolean }): Promise<boolean> {
    return this.#inOrder(() => this.#recording.startPart(metadata(heardMedia(this.#legs)), how));
  }

  stopRecording(): Promise<void> {
    return this.#inOrder(() => this.#recording.stopPart());
  }

  #askAbout(leg: string, asked: AskedOfParty): Promise<NgReply> {
    const { relay, call, tag } = this.#partyAt(leg);
    return this.#dependencies.relays.ask(relay, { 'call-id': call, 'from-tag': tag, ...asked });
  }

  heldDirection(): 'sendonly' | 'inactive' {
    return this.#sounds.hasMusic ? 'sendonly' : 'inactive';
  }

  setHeld(leg: string, partner: string, isHeld: boolean): void {
    this.#sounds.music.setHeld(leg, partner, isHeld);
  }

  stopPlaying(leg: string): Promise<void> {
    return this.#inOrder(() => this.#sounds.stop(leg));
  }

  hearDigits(leg: string, onDigit: (digit: string, way: DigitWay) => void, after?: DigitPosition): () => void {
    const { tag } = this.#partyAt(leg);
    const take = (heard: HeardDigit): void => {
      if (heard.tag === tag) onDigit(heard.digit, this.#tones.wayOf(leg));
    };
    const endDetection = this.#tones.listen(leg);
    let [isOver, end] = [false, (): void => undefined];
    const begin = (): void => {
      if (!isOver) end = this.#applications.onDigit({ relay: this.#relay ?? '', call: this.#call }, take, after);
    };
    // The first description, on its way, decides the relay.
    if (this.#relay !== undefined) begin();
    else void this.#inOrder(async () => begin());
    return () => {
      isOver = true;
      end();
      endDetection();
    };
  }

  digitPosition(): DigitPosition | undefined {
    return this.#applications.digitPosition(this.#relay ?? '');
  }

  get #applications(): UsedByApplications {
    return this.#dependencies.applications ?? noApplicationMedia;
  }

  #partyAt(leg: string): PartyAtRelay {
    return { relay: this.#relay ?? '', call: this.#call, tag: this.#legOf(leg).tag };
  }

  pass(description: SentDescription): Promise<string> {
    const { kind, from, to } = description;
    if (kind === 'offer' && this.#legOf(from).isApplication === true) this.#ask(to);
    return this.#inOrder(() => this.#pass(this.#permitted(description))).finally(() => {
      if (kind === 'answer') this.#endAsking(from);
    });
  }

  /** @throws MediaFailure for a fax that does not pass, and for codecs that the sender may not have */
  #permitted(description: SentDescription): SentDescription {
    const { kind, from, to, sdp } = description;
    const [sender, receiver] = [this.#legOf(from), this.#legOf(to)];
    const permitted = permittedFax(sdp, [sender, receiver]);
    return { ...description, sdp: kind === 'offer' ? permittedOffer(permitted, sender.audio) : permitted };
  }

  /** Until its answer the relay does not know what a leg speaks that an application asks: what plays waits for it. */
  #ask(leg: string): void {
    if (!this.#asked.has(leg)) this.#asked.set(leg, Promise.withResolvers<undefined>());
  }

  #endAsking(leg: string): void {
    this.#asked.get(leg)?.resolve(undefined);
    this.#asked.delete(leg);
  }

  holdBack(): void {
    this.#gate = 'held back';
  }

  open(): void {
    void this.#inOrder(async () => {
      const wasBlocked = this.#gate === 'blocked';
      this.#gate = 'open';
      if (wasBlocked && !this.#isClosed) await this.#command('unblock media');
    }).catch(this.#dependencies.fault);
  }

  reject(leg: string): void {
    this.#endAsking(leg);
    const agreed = this.#agreed.get(leg);
    // Without their keys, which another task had, the legs keep what they agreed on: new offers bring new keys.
    const isKeyed = (each: SentDescription): boolean => replaysKeys(this.#legOf(each.from), each.sdp);
    if (agreed === undefined || !isKeyed(agreed.offer) || !isKeyed(agreed.answer)) return;
    void this.#inOrder(async () => {
      await this.#pass(agreed.offer);
      await this.#pass(agreed.answer);
    }).catch((error: unknown) => {
      if (!this.#isClosed) this.#dependencies.fault(error);
    });
  }

  /** Its own description is no answer for a leg that is encrypted, which needs the keys of its peer: the relay's. */
  async hold(leg: string, sdp: string): Promise<string> {
    if (mediaKindOf(sdp) !== 'webrtc' && chooseMedia(sdp)?.profile === undefined) return withDirection(sdp, 'inactive');
    const offered = await this.pass({ kind: 'offer', from: leg, to: holding, sdp });
    return this.pass({ kind: 'answer', from: holding, to: leg, sdp: withDirection(offered, 'inactive') });
  }

  async heard(source: string, destination: string): Promise<HeardParties | undefined> {
    const relay = this.#relay;
    if (relay === undefined || this.#isClosed) return undefined;
    const query = { command: 'query', 'call-id': this.#call } as const;
    const reply = await this.#dependencies.relays.ask(relay, query).catch(() => undefined);
    const [one, other] = [source, destination].map((name) =>
      this.#legs.get(name)?.isApplication ? silent : this.#heardOf(name, reply),
    );
    if (one === undefined || other === undefined) return undefined;
    const exchange = this.#agreed.get(source);
    if (exchange === undefined || !isFaxExchange(exchange)) return { source: one, destination: other };
    // Who receives a page of a fax may be silent for minutes.
    const at = Math.max(one.at, other.at);
    return { source: { ...one, at }, destination: { ...other, at } };
  }

  #heardOf(name: string, reply: NgReply | undefined): HeardParty | undefined {
    // A relay of another one's settings may forget a call in which no one has been heard for a minute.
    const isForgotten = reply !== undefined && isUnknownCall(reply);
    const leg = this.#legs.get(name);
    const media = reply?.tags?.[leg?.tag ?? '']?.medias ?? [];
    if (leg === undefined || (media.every(({ streams }) => streams.length === 0) && !isForgotten)) return undefined;
    const known = { name, leg, exchange: this.#agreed.get(name), heardAt: this.#heardAt.get(name) ?? 0 };
    const heard = heardParty(known, media);
    this.#heardAt.set(name, heard.at);
    return heard;
  }

  stored(source: string, destination: string): StoredMedia | undefined {
    const [one, other] = [this.#legs.get(source), this.#legs.get(destination)];
    if (this.#relay === undefined || one === undefined || other === undefined) return undefined;
    const legs = { source: storedLeg(one), destination: storedLeg(other) };
    const agreed = storedExchange(this.#agreed.get(source), { source, destination });
    return {
      relay: this.#relay,
      ...legs,
      ...(this.#recording.isRecorded && { recorded: true }),
      ...this.#sounds.music.stored(source, destination),
      ...(agreed && { agreed }),
    };
  }

  learnsPlaceOf(leg: string): boolean {
    return this.#legOf(leg).learns === true;
  }

  leave(): void {
    // What is repeated here would set keys of before, when the other task has new ones.
    this.#encrypted.close();
    this.#tones.close();
    this.#sounds.leave();
  }

  close(): Promise<void> {
    this.#tones.close();
    this.#recording.close();
    this.#learning.stop();
    this.#sounds.close();
    this.#encrypted.close();
    for (const leg of this.#asked.keys()) this.#endAsking(leg);
    return this.#inOrder(async () => {
      this.#isClosed = true;
      const relay = this.#relay;
      // A relay that is lost has no calls.
      if (relay !== undefined)
        await deleteSessions(this.#dependencies.relays, relay, this.#call, this.#encrypted.tags).catch(() => undefined);
    });
  }

  #legOf(name: string): Leg {
    const known = this.#legs.get(name);
    if (known !== undefined) return known;
    const tags = new Set([...this.#legs.values()].map(({ tag }) => tag));
    let tag = name;
    // A call of another task may have had a leg of this name.
    while (tags.has(tag)) tag += '+';
    const leg = { tag, kind: 'rtp' as const };
    this.#legs.set(name, leg);
    return leg;
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #pass(description: SentDescription): Promise<string> {
    // It would begin a session at the relay that no one ends.
    if (this.#isClosed) throw new MediaFailure(503, 'MEDIA_RELAY_LOST', 'the call is over');
    const { kind, from, to } = description;
    const again = this.#offers.beforeAnswer(description);
    if (again !== undefined) await this.#pass(again);
    const [sender, receiver] = [this.#legOf(from), this.#legOf(to)];
    const sdp = readDescription(sender, kind, await this.#decrypted(sender, description));
    const command = this.#commandOf(description, sdp);
    await this.#blockBefore(description);
    const relayed = await this.#describe(command);
    const described = writeDescription(receiver, kind === 'offer' ? offerFor(relayed, receiver.audio) : relayed);
    if (kind === 'offer') this.#offers.note(description);
    else await this.#takeAnswer(description, command, described);
    const formed = this.#answerForm(description, described);
    return receiver.profile === undefined ? formed : this.#encrypted.encrypt(receiver, kind, formed);
  }

  /** @param sdp of the sender, as the relay understands it */
  #commandOf({ kind, from, to }: SentDescription, sdp: string): NgDescription {
    const [sender, receiver] = [this.#legOf(from), this.#legOf(to)];
    const { isWanted: isRecorded } = this.#recording;
    const [offering, answering] = kind === 'offer' ? [sender, receiver] : [receiver, sender];
    const offered = kind === 'offer' ? offerAtRelay(sdp, sender, receiver) : undefined;
    const passed = offered?.sdp ?? sdp;
    const source = sender.profile === undefined ? this.#sourceOf(sender, sdp) : atRelay;
    return {
      command: kind,
      'call-id': this.#call,
      'from-tag': offering.tag,
      'to-tag': answering.tag,
      sdp: this.#withCandidates(sender, isRecorded ? withoutSources(passed) : passed),
      ...source,
      ...(offered?.turnsEvents === true && { flags: [...source.flags, 'always-transcode'] }),
      replace: ['origin'],
      ...formFor(sender.kind, receiver.kind),
      ...(offered && codecsBetween([sender, receiver], offered, isRecorded)),
    };
  }

  /** What a leg says, as the session of the call gets it: an encrypted one says it by a session of its own. */
  async #decrypted(sender: Leg, description: SentDescription): Promise<string> {
    const { kind } = description;
    const sdp = readKeys(sender, kind, readableForm(this.#heldForm(description)));
    if (sender.profile === undefined) return sdp;
    const source = this.#sourceOf(sender, sdp);
    return this.#encrypted.decrypt(sender, kind, this.#withCandidates(sender, sdp), source);
  }

  async #takeAnswer(answer: SentDescription, command: NgDescription, described: string): Promise<void> {
    assertCodecs(described);
    const { from, to } = answer;
    const [sender, receiver] = [this.#legOf(from), this.#legOf(to)];
    const offer = this.#offers.of(to, from);
    const before = this.#agreed.get(from);
    const isFirst = answer.isEarly !== true && (before === undefined || before.answer.isEarly === true);
    if (offer !== undefined && isFirst) assertMedia(offer.sdp, described);
    if (offer !== undefined) {
      this.#agree({ offer, answer });
      await this.#sounds.onAnswer({ offer, answer });
    }
    this.#learn(command, [sender, receiver]);
    sender.hasEvents = hasTelephoneEvents(answer.sdp);
    receiver.hasEvents = hasTelephoneEvents(described);
    for (const leg of [from, to]) await this.#tones.update(leg);
    // A party that is held has no one to talk to.
    if (from === holding || to === holding || answer.isScreening === true) return;
    await this.#recording.onAnswer({ answer, sender, receiver, heard: heardMedia(this.#legs) });
  }

  /** Who offered to be silent gets no other answer, whatever it offered to the party on hold. */
  #answerForm({ kind, from, to }: SentDescription, described: string): string {
    const isAnswerToSilence = kind === 'answer' && isSilent(this.#offers.of(to, from)?.sdp);
    return isAnswerToSilence ? withDirection(described, 'inactive') : described;
  }

  /** Who holds without sending anything offers music, as who may not receive would not play it. */
  #heldForm({ kind, from, to, sdp }: SentDescription): string {
    if (!this.#sounds.hasMusic) return sdp;
    const isOfParties = [from, to].every((leg) => leg !== holding && this.#legOf(leg).isApplication !== true);
    return kind === 'offer' && isOfParties && isSilent(sdp) && !this.#sounds.music.isHolder(to)
      ? withDirection(sdp, 'sendonly')
      : sdp;
  }

  /** Those to which the relay may send checks. */
  #withCandidates({ heard }: Leg, sdp: string): string {
    const { allowsPrivate } = this.#dependencies;
    return withCandidates(allowsPrivate ? sdp : withoutPrivateCandidates(sdp), heard, allowsPrivate);
  }

  /** Where the relay sends the media for a leg. @throws MediaFailure if that is nowhere */
  #sourceOf(leg: Leg, sdp: string): Pick<NgDescription, 'flags' | 'received-from'> {
    if (leg.isApplication) return { flags: ['trust-address', 'endpoint-learning-off'] };
    const { allowsPrivate } = this.#dependencies;
    const source = mediaSourceOf(sdp, leg.heard, allowsPrivate);
    if (source === 'rejected')
      throw new MediaFailure(488, 'INCOMPATIBLE_DESTINATION', 'the description names a private address');
    // ICE finds the address of a browser, and DTLS-SRTP proves whose packets they are.
    const isProven = leg.kind === 'webrtc';
    leg.learns = source.learns && !isProven;
    leg.isElsewhere = leg.heard !== undefined && !namesOnly(sdp, leg.heard);
    const learning = isProven ? [] : [`endpoint-learning-${source.learns ? 'heuristic' : 'off'}` as const];
    return source.address === undefined || (isProven && allowsPrivate)
      ? { flags: ['trust-address', ...learning] }
      : { flags: ['SIP-source-address', ...learning], 'received-from': ['IP4', source.address] };
  }

  /** An answer has passed: the relay learns where its parties are that are behind NAT. */
  #learn(answer: NgDescription, legs: readonly Leg[]): void {
    this.#answer = answer;
    const isLearned = !this.#isClosed && isSending(answer.sdp);
    const parties = legs.flatMap(({ tag, heard, learns, profile }) =>
      learns === true && heard && profile === undefined ? [{ tag, heard }] : [],
    );
    this.#learning.start(isLearned ? parties : []);
    for (const leg of legs) this.#encrypted.learn(leg, isLearned);
  }

  #agree(exchange: Exchange): void {
    const { from, to } = exchange.offer;
    if (exchange.answer.isEarly !== true && from !== holding && to !== holding)
      this.#sounds.music.onExchange(
        exchange,
        [from, to].some((leg) => this.#legOf(leg).isApplication === true),
      );
    const { now = Date.now } = this.#dependencies;
    for (const leg of [from, to]) {
      this.#agreed.set(leg, exchange);
      this.#legOf(leg).agreedAt = now();
    }
  }

  async #describe(command: NgDescription): Promise<string> {
    if (this.#relay !== undefined) return descriptionIn(await this.#askRelay(this.#relay, command));
    const tried = new Set<string>();
    for (;;) {
      const relay = this.#dependencies.relays.choose(this.#call, tried);
      if (relay === undefined)
        throw new MediaFailure(503, 'MEDIA_RELAY_UNAVAILABLE', 'no media relay is available for the call');
      tried.add(relay);
      const reply = await this.#dependencies.relays.ask(relay, command).catch(notAvailable);
      // One that is late only has begun a session.
      if (reply === undefined)
        void deleteAt(this.#dependencies.relays, relay, command['call-id']).catch(() => undefined);
      if (reply === undefined || reply.result === 'load limit') continue;
      this.#relay = relay;
      this.#dependencies.onRelay(relay);
      return descriptionIn(reply);
    }
  }

  async #blockBefore({ kind, isEarly, isScreening }: SentDescription): Promise<void> {
    if (kind !== 'answer' || isEarly === true || isScreening === true || this.#gate !== 'held back') return;
    await this.#command('block media');
    this.#gate = 'blocked';
  }

  /** For all parties of the call. */
  #command(command: 'block media' | 'unblock media'): Promise<NgReply> {
    return this.#askRelay(this.#relay ?? '', { command, 'call-id': this.#call });
  }

  async #askRelay(relay: string, command: NgCommand): Promise<NgReply> {
    try {
      return await this.#dependencies.relays.ask(relay, command);
    } catch (cause) {
      throw new MediaFailure(503, 'MEDIA_RELAY_LOST', 'the media relay of the call is lost', { cause });
    }
  }
}
