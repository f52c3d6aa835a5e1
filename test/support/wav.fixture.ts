/** Formats of WAV files: PCM, floating point, and what the second part of an extensible header says. */
type WavForm = {
  readonly format: number;
  readonly bits: number;
  readonly channels?: number;
  readonly extensible?: true;
};

/** A WAV file. @param samples its bytes */
export function wavFile(
  samples: Uint8Array,
  rate = 8_000,
  { format, bits, channels = 1, extensible }: WavForm = { format: 1, bits: 16 },
): Buffer {
  const body = Buffer.alloc(extensible === undefined ? 16 : 40);
  body.writeUInt16LE(extensible === undefined ? format : 0xfffe, 0);
  body.writeUInt16LE(channels, 2);
  body.writeUInt32LE(rate, 4);
  body.writeUInt32LE((rate * channels * bits) / 8, 8);
  body.writeUInt16LE((channels * bits) / 8, 12);
  body.writeUInt16LE(bits, 14);
  if (extensible !== undefined) body.writeUInt16LE(format, 24);
  const chunks = Buffer.concat([chunk('fmt ', body), chunk('LIST', Buffer.from('odd')), chunk('data', samples)]);
  return Buffer.concat([chunk('RIFF', Buffer.concat([Buffer.from('WAVE'), chunks]))]);
}

function chunk(name: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

/** A tone of half of full scale, in 16 bits. */
export const wavTone = (frequency: number, seconds: number, rate = 8_000): Buffer =>
  wavTones([[frequency, seconds]], rate);

/** The same without the chunk before the samples, of which Chromium decodes nothing. */
export function plainTone(frequency: number, seconds: number, rate = 8_000): Buffer {
  const whole = wavTone(frequency, seconds, rate);
  const list = whole.indexOf('LIST');
  const file = Buffer.concat([whole.subarray(0, list), whole.subarray(whole.indexOf('data', list))]);
  file.writeUInt32LE(file.length - 8, 4);
  return file;
}

/** Tones one after the other. @param tones hertz and seconds of each */
export function wavTones(tones: readonly (readonly [frequency: number, seconds: number])[], rate = 8_000): Buffer {
  const samples = tones.map(([frequency, seconds]) => {
    const tone = Buffer.alloc(Math.floor(rate * seconds) * 2);
    for (let at = 0; at < tone.length / 2; at += 1)
      tone.writeInt16LE(Math.round(16_384 * Math.sin((2 * Math.PI * frequency * at) / rate)), at * 2);
    return tone;
  });
  return wavFile(Buffer.concat(samples), rate);
}
