import type { Tone } from './state.ts';

/** Tones of the phone, made in the page. */

/** Frequencies in hertz, and seconds of sound and of a whole period. */
const tones = {
  ringing: { frequencies: [440, 554], sound: 1, period: 3 },
  ringback: { frequencies: [440, 480], sound: 1, period: 4 },
} as const;

const volume = 0.08;

/** Plays one tone at a time, until another one is chosen. */
export function newRinger(): (tone: Tone) => void {
  let playing: Tone = 'none';
  let context: AudioContext | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;

  const beep = ({ frequencies, sound }: (typeof tones)[Exclude<Tone, 'none'>]): void => {
    context ??= new AudioContext();
    const gain = context.createGain();
    gain.gain.value = volume;
    gain.connect(context.destination);
    for (const frequency of frequencies) {
      const oscillator = context.createOscillator();
      oscillator.frequency.value = frequency;
      oscillator.connect(gain);
      oscillator.start();
      oscillator.stop(context.currentTime + sound);
    }
  };

  return (tone) => {
    if (tone === playing) return;
    playing = tone;
    clearInterval(timer);
    void context?.close();
    context = undefined;
    if (tone === 'none') return;
    beep(tones[tone]);
    timer = setInterval(() => beep(tones[tone]), tones[tone].period * 1_000);
  };
}
