import { eventually } from '../support/eventually.ts';
import { startAmong, type Program } from '../system/peers/program.ts';
import { calleeAddress, phonePort, type Server } from './call-load.ts';

/** A stateful proxy that stays in the dialogs of all calls, and stores nothing. */
const configuration = ({ address, port }: Server): string => `
debug=0
log_stderror=yes
dns=no
rev_dns=no
auto_aliases=no
disable_tcp=yes
children=4
listen=udp:${address}:${port}
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "rr.so"
loadmodule "siputils.so"
request_route {
  if (has_totag()) {
    if (!loose_route()) {
      sl_send_reply("404", "Not Here");
      exit;
    }
    t_relay();
    exit;
  }
  if (method == "ACK") exit;
  record_route();
  $du = "sip:${calleeAddress}:${phonePort}";
  t_relay();
}
event_route[core:worker-one-init] {
  xlog("L_ALERT", "READY\\n");
}
`;

/** Starts Kamailio as a proxy in front of the phones that answer. The end of a `using` scope ends it. */
export async function startProxy(server: Server): Promise<Program> {
  const program = startAmong({ 'kamailio.cfg': configuration(server) }, 'kamailio', [
    ...['-f', './kamailio.cfg', '-DD', '-E', '-Y', '.', '-m', '128', '-M', '8'],
  ]);
  await eventually(() => program.printed().includes('READY')).catch((cause: unknown) => {
    throw new Error(`Kamailio is not ready. It printed:\n${program.printed()}`, { cause });
  });
  return program;
}
