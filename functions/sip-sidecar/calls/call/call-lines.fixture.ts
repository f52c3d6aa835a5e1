import type { CallCommand, TransferCommand } from './state.ts';

/** A command in one line, for tests. */
export function lineOf(command: CallCommand<string>): string {
  switch (command.type) {
    case 'invite':
      return `invite ${command.leg.id} ${command.leg.target} ${command.sdp ?? 'without offer'}`;
    case 'acknowledge':
      return `acknowledge ${command.leg} ${typeof command.sdp === 'string' ? command.sdp : 'inactive'}`;
    case 'join':
      return `join ${command.leg} ${command.sdp}`;
    case 'end':
      return `end ${command.leg}`;
    case 'progress':
      return `progress ${command.status} ${command.sdp ?? ''}`.trimEnd();
    case 'answer':
      return `answer ${command.sdp}`;
    case 'reject':
      return `reject ${command.status}`;
    case 'set timer':
      return `${command.timer} in ${command.milliseconds} ms`;
    case 'status':
      return command.status;
    case 'over':
      return `over ${command.hangup.cause} ${command.hangup.sip_code ?? '-'} ${command.hangup.by}`;
    case 'renew':
    case 'clear timers':
      return command.type;
    default:
      return lineOfTransfer(command);
  }
}

function lineOfTransfer(command: TransferCommand<string>): string {
  switch (command.type) {
    case 'release':
      return `release ${command.leg}`;
    case 'add leg':
      return `add ${command.side} ${command.target}`;
    case 'left':
      return `${command.side} left${command.isReplaced ? '' : ' for another call'}`;
    case 'transfer progress':
      return `transfer ${command.id} ${command.status}`;
    case 'transferred':
      return `transfer ${command.id} done`;
    case 'transfer failed':
      return `transfer ${command.id} failed ${command.failure.status}`;
  }
}
