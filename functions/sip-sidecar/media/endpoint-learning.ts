import { second } from '#schema/time.ts';
import type { NgReply } from './ng-message.ts';

/** A party behind NAT, from whose packets the relay learns where it is. */
export type LearnedParty = { readonly tag: string; readonly heard: string };

/** The dependencies of endpoint learning. */
export type EndpointLearningDependencies = {
  /** Asks the relay for its streams. @throws if it does not answer */
  readonly query: () => Promise<NgReply>;
  /** Has the relay learn again. */
  readonly restart: () => Promise<void>;
};

/**
 * Milliseconds between two checks. rtpengine 10.5 (`media_packet_address_check`) decides by the first packet that
 * comes 3 s after the last description, for the best address so far: it is asked to learn again before that.
 */
const interval = 2 * second;
/** Checks at most: a party that is silent for longer has hung up, or only listens. */
const maxChecks = 30;

/**
 * Has the relay learn the addresses of parties behind NAT until they have spoken. rtpengine prefers the address from
 * which their SIP comes, but if a stranger sends packets to its ports and the party does not, it would send the
 * stranger what the other party says, until the end of the call.
 */
export class EndpointLearning {
  readonly #dependencies: EndpointLearningDependencies;
  #parties: readonly LearnedParty[] = [];
  #timer: NodeJS.Timeout | undefined;
  #checks = 0;

  constructor(dependencies: EndpointLearningDependencies) {
    this.#dependencies = dependencies;
  }

  /** Descriptions have passed. @param parties those behind NAT that send */
  start(parties: readonly LearnedParty[]): void {
    this.stop();
    this.#parties = parties;
    this.#checks = 0;
    this.#wait();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#parties = [];
  }

  #wait(): void {
    if (this.#parties.length === 0 || this.#checks >= maxChecks) return;
    const waited = this.#parties;
    this.#timer = setTimeout(() => {
      this.#checks += 1;
      // A relay that does not answer is found to be lost by others.
      void this.#check().then(
        () => waited === this.#parties && this.#wait(),
        () => undefined,
      );
    }, interval);
  }

  async #check(): Promise<void> {
    const parties = this.#parties;
    const reply = await this.#dependencies.query();
    if (parties !== this.#parties) return;
    const sources = parties.map((party) => sourceOf(reply, party));
    if (sources.every((source) => source === 'party')) this.stop();
    else if (sources.includes('stranger')) await this.#dependencies.restart();
  }
}

/** Whose packets the relay has had at the ports of a party: where it sends now is from where it has had them. */
export function sourceOf({ tags = {} }: Pick<NgReply, 'tags'>, { tag, heard }: LearnedParty) {
  // The first stream of a medium is RTP. A medium without packets is not used, such as video that is not sent.
  const spoken = (tags[tag]?.medias ?? []).flatMap(({ streams: [rtp] }) =>
    rtp !== undefined && rtp.stats.packets > 0 ? [rtp] : [],
  );
  if (spoken.length === 0) return 'none';
  return spoken.every(({ endpoint }) => endpoint?.address === heard) ? 'party' : 'stranger';
}
