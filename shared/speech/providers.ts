import { espeakProvider } from './espeak.ts';
import { pollyProvider } from './polly.ts';
import type { SpeechProvider } from './provider.ts';

/** The provider that the deployment chose (`SPEECH`); undefined: there is none. */
export function speechFromEnvironment(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): SpeechProvider | undefined {
  const { SPEECH: chosen } = environment;
  if (chosen === 'espeak') return espeakProvider();
  return chosen === 'polly' ? pollyProvider() : undefined;
}
