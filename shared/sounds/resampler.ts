/** Sounds of any rate at another one, in pieces. */

/** Hertz around half of the lower rate in which the low-pass falls, as a part of that rate. */
const transition = 0.15;

/** Attenuation beyond it, in dB, and the shape of the window for it (Kaiser 1974). */
const attenuation = 60;
const beta = 0.1102 * (attenuation - 8.7);

/** Modified Bessel function of the first kind, of order 0. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

const commonDivisor = (one: number, other: number): number => (other === 0 ? one : commonDivisor(other, one % other));

/** A sampler of a rate that makes samples of another one, by a windowed sinc in as many phases as the rates have. */
export class Resampler {
  /** The next sample is at `#next * #step / #phases` samples of the input. */
  readonly #step: number;
  readonly #phases: number;
  /** Half of the filter, in samples of the input, and its cut-off in cycles a sample. */
  readonly #half: number;
  readonly #cutOff: number;
  /** Filters by phase, made when they are needed. */
  readonly #filters = new Map<number, Float32Array>();
  #next = 0;
  /** The last samples of the input, of which the first is at `#from`. */
  #rest: Float32Array;
  #from: number;

  /** @param from samples a second of what is given @param to samples a second of what comes, both whole */
  constructor(from: number, to: number) {
    const divisor = commonDivisor(from, to);
    this.#step = from / divisor;
    this.#phases = to / divisor;
    const lower = Math.min(from, to);
    const width = (2 * Math.PI * transition * lower) / from;
    this.#half = from === to ? 0 : Math.ceil((attenuation - 8) / (2.285 * width) / 2);
    this.#cutOff = lower / from / 2;
    // Before the begin is silence.
    this.#rest = new Float32Array(this.#half);
    this.#from = -this.#half;
  }

  /** @returns the samples that are complete */
  add(samples: Float32Array): Float32Array {
    if (this.#half === 0) return samples;
    const known = new Float32Array(this.#rest.length + samples.length);
    known.set(this.#rest);
    known.set(samples, this.#rest.length);
    const end = this.#from + known.length;
    const many = Math.max(0, Math.ceil(((end - this.#half) * this.#phases) / this.#step) - this.#next);
    const made = new Float32Array(many);
    for (let at = 0; at < many; at += 1) made[at] = this.#sampleOf(known);
    const first = Math.max(0, Math.min(known.length, this.#position() - this.#half + 1 - this.#from));
    this.#rest = known.slice(first);
    this.#from += first;
    return made;
  }

  /** @returns the last samples */
  end(): Float32Array {
    return this.add(new Float32Array(this.#half));
  }

  #position(): number {
    return Math.floor((this.#next * this.#step) / this.#phases);
  }

  #sampleOf(known: Float32Array): number {
    const filter = this.#filterOf((this.#next * this.#step) % this.#phases);
    const first = this.#position() - this.#half + 1 - this.#from;
    this.#next += 1;
    let sum = 0;
    for (let at = 0; at < filter.length; at += 1) sum += (filter[at] ?? 0) * (known[first + at] ?? 0);
    return sum;
  }

  #filterOf(phase: number): Float32Array {
    const known = this.#filters.get(phase);
    if (known !== undefined) return known;
    const scale = bessel(beta);
    const weights = Array.from({ length: 2 * this.#half }, (_, at) => {
      const distance = at - this.#half + 1 - phase / this.#phases;
      const inside = Math.sqrt(Math.max(0, 1 - (distance / this.#half) ** 2));
      return (sinc(2 * this.#cutOff * distance) * bessel(beta * inside)) / scale;
    });
    // A constant stays what it is.
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const filter = Float32Array.from(weights, (weight) => weight / sum);
    this.#filters.set(phase, filter);
    return filter;
  }
}
