/** Every spelling of these hosts leads to 127.0.0.1, to 0.0.0.0 or to a cloud's metadata, or looks as if it did not. */
const HOSTS_IN_DISGUISE = [
  // 127.0.0.1 in decimal, octal, hexadecimal and short forms
  ...['2130706433', '017700000001', '0x7f000001', '0X7F000001', '127.1', '127.0.1', '0x7f.1', '0177.0.0.1'],
  ...['0x7f.0x0.0x0.0x1', '0177.0000.0000.0001', '127.0.0.01', '00000177.0.0.1', '0x7f.0.1', '127.0.0.0x1'],
  // 0.0.0.0
  ...['0', '0x0', '00', '0.0', '0.0.0.0'],
  // 169.254.169.254
  ...['2852039166', '0xa9fea9fe', '025177524776', '0xa9.0xfe.0xa9.0xfe', '0251.0376.0251.0376', '169.254.43518'],
  // 10.0.0.1 and 192.168.0.1
  ...['167772161', '0xa000001', '10.1', '3232235521', '0300.0250.0.1'],
  // percent-encoded
  ...['%31%32%37.0.0.1', '127%2e0%2e0%2e1', '%30'],
  // IPv6 in longer spellings, and IPv4 within
  ...['[0:0:0:0:0:0:0:1]', '[0000::1]', '[::ffff:127.0.0.1]', '[0::FFFF:7F00:1]', '[0:0:0:0:0:ffff:7f00:0001]'],
  ...['[::127.0.0.1]', '[::ffff:169.254.169.254]', '[64:ff9b::127.0.0.1]', '[64:ff9b::10.0.0.1]'],
];

const PLAIN_FORBIDDEN_HOSTS = [
  ...['10.0.0.1', '100.64.0.1', '100.100.100.200', '168.63.129.16', '169.254.169.254', '172.16.0.1', '172.31.255.255'],
  ...['192.0.0.192', '192.0.2.1', '192.168.1.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1'],
  ...['240.0.0.1', '255.255.255.255'],
  ...['[::]', '[::7f00:1]', '[fc00::1]', '[fd00:ec2::254]', '[fe80::1]', '[fec0::1]', '[ff02::1]', '[2001:db8::1]'],
  ...['[64:ff9b::7f00:1]', '[64:ff9b::a9fe:a9fe]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2001::1]', '[3fff::1]'],
  ...['[::ffff:a00:1]', '[::ffff:a9fe:a9fe]'],
];

const ODD_TEXTS = [
  ...[
    '',
    ' ',
    'acme.example',
    '//acme.example',
    'https:',
    'https://',
    'https:///',
    'https://:443',
    'https:acme.example',
  ],
  ...['https:/acme.example', 'https:\\\\acme.example', 'https://acme.example\\', 'https:\\/acme.example'],
  ...[' https://acme.example', 'https://acme.example ', 'https://ac\tme.example', 'https://acme.example\n'],
  ...['ht\ntps://acme.example', 'https://acme.example\u0000', 'https://acme .example'],
  // other schemes
  ...['http://acme.example', 'http://8.8.8.8', 'ftp://acme.example', 'file:///etc/passwd', 'gopher://acme.example'],
  ...['javascript:alert(1)', 'data:text/plain,a', 'unix:/var/run/docker.sock', 'ws://acme.example', 'blob:https://a.b'],
  // other ports
  ...['https://acme.example:80', 'https://acme.example:22', 'https://acme.example:6379', 'https://acme.example:0'],
  ...['https://acme.example:65536', 'https://acme.example:443:443', 'https://acme.example:x'],
  // users and passwords
  ...[
    'https://acme.example@127.0.0.1',
    'https://127.0.0.1@acme.example',
    'https://@acme.example',
    'https://:@acme.example',
  ],
  ...['https://a:b@acme.example', 'https://acme.example:443@10.0.0.1'],
  // more than an origin
  ...['https://acme.example/v1', 'https://acme.example//', 'https://acme.example/.', 'https://acme.example/../'],
  ...['https://acme.example?', 'https://acme.example/?a=b', 'https://acme.example#', 'https://acme.example/#@10.0.0.1'],
  // letters that the URL parser turns into others
  ...[
    'https://①②⑦.⓪.⓪.①',
    'https://１２７.0.0.1',
    'https://127。0。0。1',
    'https://ⓛocalhost',
    'https://münchen.example',
  ],
  // hosts that are none, or end oddly
  ...['https://acme.example.', 'https://999.1.1.1', 'https://1.2.3.4.5', 'https://[::1', 'https://[fe80::1%25eth0]'],
  ...['https://%00', 'https://a%20b', 'https://a<b', 'https://256.256.256.256', 'https://0x1ffffffff'],
];

/** What must not stand in the configuration, nor in development. */
export const REFUSED_URLS: readonly string[] = [
  ...HOSTS_IN_DISGUISE.flatMap((host) => [`https://${host}`, `http://${host}:4000`]),
  ...PLAIN_FORBIDDEN_HOSTS.flatMap((host) => [`https://${host}`, `http://${host}`]),
  ...ODD_TEXTS,
];
