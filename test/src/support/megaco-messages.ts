// H.248 messages of every kind that controllers and gateways of ours write, as compact text: what benches, dissectors and
// fuzzers start from where no corpus is. What text and BER both can say has `binary`; version 2 and 3 things stand last.

/** One message; `binary: false` where annex A has no words or no numbers for it, or other software reads it wrong. */
export interface SampleMessage {
  readonly title: string;
  readonly text: string;
  readonly binary: boolean;
}

const SDP_ASKED = 'v=0\nc=IN IP4 $\nm=audio $ RTP/AVP 0\n';
const SDP_OF_1 = 'v=0\r\no=- 2 0 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 20002 RTP/AVP 0\r\na=ptime:20\r\n';
const SDP_OF_2 = SDP_OF_1.replaceAll('192.0.2.1', '192.0.2.2').replace('20002', '20004');
const MG = '!/1 [192.0.2.1]:2944';
const MGC = '!/1 [192.0.2.10]:2944';
const NAMED = '!/1 <gw1.example.test>:2944';

function sample(title: string, text: string, binary = true): SampleMessage {
  return { title, text, binary };
}

const REGISTRATION: readonly SampleMessage[] = [
  sample('cold start', `${MG} T=1{C=-{SC=ROOT{SV{MT=RS,RE="901 Cold Boot",V=3,20261122T14240565}}}}`),
  sample('cold start accepted', `${MGC} P=1{C=-{SC=ROOT{SV{V=1,20261122T14240566}}}}`),
  sample('acknowledgement', `${MG} K{1,5-8}`),
  sample('failover', `${MG} T=2{C=-{SC=ROOT{SV{MT=FL,RE="909 MGC Impending Failure",PF=ResGW/1,V=1,20261122T14240565}}}}`),
  sample('disconnected', `${MG} T=3{C=-{SC=ROOT{SV{MT=DC,RE="900 Service Restored",V=1,20261122T14240565}}}}`),
  sample('refused for another controller', `${MGC} P=1{C=-{SC=ROOT{SV{MG=[192.0.2.11]:2944,V=1}}}}`),
  sample('hand-off', `${MGC} T=9{C=-{SC=ROOT{SV{MT=HO,RE="903 MGC Directed Change",MG=[192.0.2.11]:2944}}}}`),
  sample('handed off', `${MG} T=10{C=-{SC=ROOT{SV{MT=HO,RE="903 MGC Directed Change",AD=[192.0.2.1]:2944,V=1}}}}`),
  sample('a line out of service', `${MG} T=11{C=-{SC=line/1{SV{MT=FO,RE="905 Termination Taken Out Of Service"}}}}P=10{C=-{SC=ROOT}}`),
  sample('graceful', `${NAMED} T=12{C=-{SC=ROOT{SV{MT=GR,RE="908 MG Impending Failure",DL=300}}}}`),
  sample('a version that is not spoken', `${MGC} P=1{C=-{SC=ROOT{ER=406{"Version Not Supported"}}}}`),
];

const LINES: readonly SampleMessage[] = [
  sample('watch for off-hook', `${MGC} T=20{C=-{MF=line/1{E=3{al/of{strict=state}},SG}}}`),
  sample('watched', `${MG} P=20{C=-{MF=line/1}}`),
  sample('inactivity', `${MGC} T=21{C=-{MF=ROOT{E=4{it/ito{mit=1000}}}}}`, false),
  sample('off-hook', `${MG} T=22{C=-{N=line/1{OE=3{20261122T14240618:al/of{init=OFF}}}}}`),
  sample('off-hook taken', `${MGC} P=22{C=-{N=line/1}}`),
  sample('dial tone', `${MGC} T=23{C=-{MF=line/1{E=67{al/on{strict=state},al/fl,dd/ce{DM={T:16,S:3,L:8,(100x|9x.)}}},SG{cg/dt}}}}`),
  sample('digits', `${MG} T=24{C=-{N=line/1{OE=67{20261122T14240699:dd/ce{ds="1002",Meth=UM}}}}}`),
  sample('ringing', `${MGC} T=25{C=-{MF=line/2{SG{al/ri{SY=TO,DR=18000,NC={TO,IBE}}},E=83{al/of{strict=exact},g/sc,g/cause}}}}`),
  sample('signals and events inside events', `${MGC} T=26{C=-{MF=line/2{E=84{al/of{EM{SG{cg/dt},E=85{al/on}}},al/on{KA}}}}}`),
  sample('a list of signals', `${MGC} T=27{C=-{MF=line/2{SG{SL=5{cg/rt{SY=BR,DR=100},cg/bt}},EB{al/on,al/fl}}}}`),
  sample('service state', `${MGC} T=28{C=-{MF=line/2{M{TS{SI=OS,BF=SP}},DM=dialplan1{(1xxx|0)}}}}`),
];

const CALLS: readonly SampleMessage[] = [
  sample(
    'create a context',
    `${MGC} T=30{C=\${A=line/1{M{ST=1{O{MO=SR}}},E=99{al/on{strict=state}},SG{cg/rt}},A=\${M{ST=1{O{MO=RC,nt/jit=40},L{\n${SDP_ASKED}}}}}}}`,
  ),
  sample('created', `${MG} P=30{C=1{A=line/1,A=rtp/1{M{ST=1{L{\n${SDP_OF_1}}}}}}}`),
  sample('connect', `${MGC} T=31{C=1{MF=rtp/1{M{ST=1{O{MO=SR,RV=ON,RG=OFF},R{\n${SDP_OF_2}}}}}}}`),
  sample('two actions', `${MGC} T=32{C=1{MF=rtp/1{M{ST=1{O{MO=IN}}}},MF=line/1{SG{cg/bt},E=100{al/on}}},C=2{S=*}}`),
  sample('move and topology', `${MGC} T=33{C=1{PR=3,EG,TP{line/1,rtp/1,BW,line/1,rtp/2,IS},MV=rtp/2{M{ST=1{O{MO=SO}}}}}}`),
  sample('subtract', `${MGC} T=34{C=1{S=line/1,S=rtp/1{AT{SA}}},C=-{MF=line/1{E=101{al/of{strict=state}}}}}`),
  sample(
    'statistics',
    `${MG} P=34{C=1{S=line/1,S=rtp/1{SA{rtp/ps=1200,rtp/pr=1198,rtp/pl=0.2,rtp/jit=3,rtp/delay=20,nt/os=206400,nt/or=206056,nt/dur=24000}}},C=-{MF=line/1}}`,
  ),
  sample('wildcards, optional', `${MGC} T=35{C=*{O-W-S=*{AT{}}}}`),
];

const AUDITS: readonly SampleMessage[] = [
  sample('audit of the root', `${MGC} T=40{C=-{AV=ROOT{AT{}}}}`),
  sample('audit of a line', `${MGC} T=41{C=*{AV=line/1{AT{M,E,SG,OE,EB,DM,SA,PG}}}}`),
  sample('capabilities', `${MGC} T=42{C=-{AC=line/*{AT{M,SG,E}}}}`),
  // tshark takes the binary form for that of RFC 3015 and finds a fault in it.
  sample(
    'what the audit found',
    `${MG} P=41{C=1{AV=line/1{M{ST=1{O{MO=SR}}},E=99{al/on{strict=state}},SG,PG{al-1,cg-1,dd-1},DM=dialplan1}}}`,
    false,
  ),
  sample('the terminations of a context', `${MG} P=43{C=1{AV=C{line/1,rtp/1}}}`, false),
];

const ERRORS: readonly SampleMessage[] = [
  sample('pending', `${MG} PN=50{}`),
  sample('acknowledge at once', `${MG} P=50{IA,C=-{MF=line/1}}`),
  sample('error of a transaction', `${MGC} P=51{ER=505{"Command Received before Restart Response"}}`),
  sample('error of an action', `${MG} P=52{C=7{ER=411{"Unknown ContextID"}}}`),
  sample('error of a command', `${MG} P=53{C=1{MF=line/1,ER=430{"Unknown TerminationID"}}}`),
  sample('error of a Notify', `${MGC} P=54{C=-{N=line/1{ER=500{"Internal Error"}}}}`),
  sample('error of the message', `${MGC} ER=400{"Syntax Error in Message"}`),
];

/** Version 1. */
export const MEGACO_MESSAGES: readonly SampleMessage[] = [...REGISTRATION, ...LINES, ...CALLS, ...AUDITS, ...ERRORS];
