import type { Call, PhoneState } from '#browser-phone/state.ts';
import { t } from '../texts/texts.ts';

/** What the phone and its calls do, in the language of the page. */

export const stageTexts: Readonly<Record<PhoneState['stage'], string>> = {
  'signed out': '',
  'signing in': t('Signing in …'),
  connecting: t('Connecting …'),
  ready: t('Ready'),
  interrupted: t('Not connected'),
};

const phases: Readonly<Partial<Record<Call['phase'], string>>> = {
  incoming: t('calls you'),
  calling: t('calling …'),
  ringing: t('ringing …'),
};

/** What a call does now, such as "on hold, microphone muted". */
export function stateText({
  phase,
  isHeld,
  isHeldByPeer,
  isMuted,
  isWithoutMicrophone,
  isReconnecting,
  transfer,
}: Call): string {
  if (isReconnecting) return t('reconnecting …');
  if (transfer !== 'none') return t('being transferred');
  const before = phases[phase];
  if (before !== undefined) return before;
  const held = isHeldByPeer ? t('holds you') : t('talking');
  const microphone = [
    ...(isMuted ? [t('microphone muted')] : []),
    ...(isWithoutMicrophone ? [t('no microphone')] : []),
  ];
  return [isHeld ? t('on hold') : held, ...microphone].join(', ');
}
