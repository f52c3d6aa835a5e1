import type { Flow } from './flow.ts';
import type { SourceLimits } from './source-limits.ts';

/** The dependencies of admission. */
export type AdmissionDependencies = {
  readonly sources: Pick<SourceLimits, 'admits' | 'admitsFlow'>;
  /** Whether a live binding was registered on the flow. */
  readonly isRegistered: (flow: Flow) => boolean;
  /** Whether the packet is a response to a request of ours. */
  readonly isAwaited: (packet: Buffer) => boolean;
};

/**
 * Decides which packets are processed. Anyone can send packets in the name of an address, and exceed its limit. What
 * such a sender cannot know is admitted beyond it: the flow of a phone, and the branch of our requests.
 */
export class Admission {
  readonly #dependencies: AdmissionDependencies;
  #droppedPackets = 0;

  constructor(dependencies: AdmissionDependencies) {
    this.#dependencies = dependencies;
  }

  /** Packets and connections that were not admitted since the start. */
  droppedPackets(): number {
    return this.#droppedPackets;
  }

  /** Whether to accept a connection. */
  admitsConnection(remote: Flow['remote']): boolean {
    return this.#count(this.#dependencies.sources.admits({ transport: 'tcp', remote }));
  }

  /** Whether to process a packet, or what arrived on a connection. */
  admits(flow: Flow, packet: Buffer): boolean {
    const { sources, isRegistered, isAwaited } = this.#dependencies;
    return this.#count(sources.admits(flow) || (isRegistered(flow) && sources.admitsFlow(flow)) || isAwaited(packet));
  }

  #count(isAdmitted: boolean): boolean {
    if (!isAdmitted) this.#droppedPackets += 1;
    return isAdmitted;
  }
}
