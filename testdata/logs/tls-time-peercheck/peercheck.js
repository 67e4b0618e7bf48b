'use strict';
const tls = require('tls');
const fs = require('fs');
const crt = process.env.PEER_CERT || 'pki/node.crt';

const srv = tls.createServer({ key: fs.readFileSync('pki/node.key'), cert: fs.readFileSync(crt) }, (s) => s.end('hello from peer-07\n'));
srv.on('tlsClientError', (e) => console.error('[mesh] inbound handshake dropped:', e.code));
srv.listen(4433, '127.0.0.1', () => {
  const c = tls.connect({ port: 4433, host: '127.0.0.1', servername: 'peer-07.mesh', ca: fs.readFileSync('pki/ca.crt') });
  c.setEncoding('utf8');
  c.on('data', (d) => process.stdout.write('[mesh] ' + d));
  c.on('end', () => srv.close());
  c.on('error', (e) => {
    console.error(`[mesh] peer-07.mesh quarantined (${e.code})`);
    process.exitCode = 9;
    srv.close();
  });
});
