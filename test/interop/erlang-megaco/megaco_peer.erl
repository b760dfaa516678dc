%% What mg.erl and mgc.erl share: transport (UDP, TCP with TPKT), the log of JSON lines, names, session descriptions. It is
%% the `send_mod' of both.
-module(megaco_peer).
-include("megaco_hdr.hrl").
-export([send_message/2]).                                   % megaco_transport
-export([start_log/0, log/1, log_msg/5, args/2, hostport/1, enc_mod/1, enc_name/1,
         udp_open/3, tcp_connect/4, tcp_listen/3, close/1, mute/1,
         mid/2, mid_str/1, mid_to_hostport/1,
         tid/2, tname/1, sdp_lines/1, sdp_props/1, now_ts/0, json/1, flat/1,
         stdin_loop/1, timestamp/0, warm/2, wrap/2, unwrap/2]).

%%---------------------------------------------------------------- log
start_log() -> ok.
log(Map) -> io:put_chars([json(Map#{ts => now_ts()}), $\n]).

log_msg(Dir, Transport, Peer, EncMod, Bin) ->
    Base = #{dir => Dir, transport => atom_to_list(Transport), peer => Peer,
             enc => enc_name(EncMod), len => size(Bin)},
    Text = case is_text(EncMod) of
               true  -> Bin;
               false -> pretty(EncMod, Bin)
           end,
    M1 = case is_text(EncMod) of
             true -> Base#{text => Text};
             false -> Base#{text => Text, hex => hex(Bin)}
         end,
    log(M1).

is_text(megaco_compact_text_encoder) -> true;
is_text(megaco_pretty_text_encoder)  -> true;
is_text(_) -> false.

pretty(EncMod, Bin) ->
    try
        {ok, M} = EncMod:decode_message([], ?VERSION, Bin),
        {ok, T} = megaco_pretty_text_encoder:encode_message([], ?VERSION, M),
        T
    catch _:_ -> <<"(undecodable)">>
    end.

hex(Bin) -> lists:flatten([io_lib:format("~2.16.0b", [B]) || <<B>> <= Bin]).

now_ts() ->
    {_, _, Us} = Now = os:timestamp(),
    {{Y, Mo, D}, {H, Mi, S}} = calendar:now_to_universal_time(Now),
    lists:flatten(io_lib:format("~4..0b-~2..0b-~2..0bT~2..0b:~2..0b:~2..0b.~3..0bZ",
                                [Y, Mo, D, H, Mi, S, Us div 1000])).

json(M) when is_map(M) ->
    Keys = lists:sort(fun key_order/2, maps:keys(M)),
    ["{", lists:join(",", [[$", to_s(K), "\":", json(maps:get(K, M))] || K <- Keys]), "}"];
json({list, L}) -> ["[", lists:join(",", [json(X) || X <- L]), "]"];
json(true) -> "true"; json(false) -> "false"; json(null) -> "null";
json(I) when is_integer(I) -> integer_to_list(I);
json(F) when is_float(F) -> float_to_list(F, [{decimals, 3}]);
json(A) when is_atom(A) -> json(atom_to_list(A));
json(B) when is_binary(B) -> json(binary_to_list(B));
json(S) -> [$", esc(flat(S)), $"].
esc([]) -> [];
esc([$" | T])  -> [$\\, $" | esc(T)];
esc([$\\ | T]) -> [$\\, $\\ | esc(T)];
esc([$\n | T]) -> [$\\, $n | esc(T)];
esc([$\r | T]) -> [$\\, $r | esc(T)];
esc([$\t | T]) -> [$\\, $t | esc(T)];
esc([C | T]) when C < 32; C > 126 -> [io_lib:format("\\u~4.16.0b", [C]) | esc(T)];
esc([C | T]) -> [C | esc(T)].
to_s(A) when is_atom(A) -> atom_to_list(A);
to_s(L) -> L.
key_order(A, B) -> rank(A) =< rank(B).
rank(ts) -> {0, ts}; rank(event) -> {1, event}; rank(dir) -> {2, dir}; rank(K) -> {3, K}.
flat(S) -> try lists:flatten(io_lib:format("~s", [S])) catch _:_ -> lists:flatten(io_lib:format("~p", [S])) end.

%%---------------------------------------------------------------- args
args(Plain, Defaults) -> args1(Plain, Defaults).
args1([], M) -> M;
args1(["--" ++ K, V | T], M) ->
    case V of
        "--" ++ _ -> args1([V | T], M#{list_to_atom(K) => "true"});
        _ -> args1(T, M#{list_to_atom(K) => V})
    end;
args1(["--" ++ K], M) -> M#{list_to_atom(K) => "true"}.

hostport(S) ->
    case string:split(S, ":", trailing) of
        [H, P] -> {addr(H), list_to_integer(P)};
        [H] -> {addr(H), undefined}
    end.
addr(H) ->
    case inet:parse_address(H) of
        {ok, A} -> A;
        _ -> {ok, A} = inet:getaddr(H, inet), A
    end.

enc_mod("compact") -> megaco_compact_text_encoder;
enc_mod("pretty")  -> megaco_pretty_text_encoder;
enc_mod("ber")     -> persistent_term:put({?MODULE, ber}, true), megaco_ber_encoder;
enc_mod("binary")  -> enc_mod("ber").
enc_name(megaco_compact_text_encoder) -> "compact";
enc_name(megaco_pretty_text_encoder) -> "pretty";
enc_name(megaco_ber_encoder) -> "ber".

%%---------------------------------------------------------------- transport
%% send handle: {udp, Pid, Sock, IP, Port, EncMod} | {tcp, Pid, Sock, PeerStr, EncMod}
send_message({udp, _, Sock, IP, Port, Enc}, Bin) ->
    log_msg("tx", udp, peer(IP, Port), Enc, Bin),
    case gen_udp:send(Sock, IP, Port, Bin) of
        ok -> ok;
        {error, econnrefused} -> ok;        % stale ICMP; the timer decides
        E -> E
    end;
send_message({tcp, _, Sock, Peer, Enc}, Bin) ->
    log_msg("tx", tcp, Peer, Enc, Bin),
    L = size(Bin) + 4,
    gen_tcp:send(Sock, <<3, 0, L:16, Bin/binary>>).

peer(IP, Port) -> inet:ntoa(IP) ++ ":" ++ integer_to_list(Port).

mute(Bool) -> persistent_term:put({?MODULE, muted}, Bool).
muted() -> persistent_term:get({?MODULE, muted}, false).

%% Opens a UDP socket in its own process; Owner gets {transport_up, Pid, Fun/1 making a send handle}
udp_open(Bind, RH, Owner) ->
    Self = self(), Ref = make_ref(),
    Pid = spawn(fun() ->
        {IP, Port0} = Bind, Port = case Port0 of undefined -> 0; P -> P end,
        case gen_udp:open(Port, [binary, {ip, IP}, {active, true}, {reuseaddr, true}, {recbuf, 262144}]) of
            {ok, S} -> Self ! {Ref, {ok, S}}, udp_loop(S, RH, Owner);
            E -> Self ! {Ref, E}
        end end),
    receive {Ref, {ok, S}} -> {ok, Pid, S}; {Ref, E} -> E end.

udp_loop(S, RH, Owner) ->
    Enc = RH#megaco_receive_handle.encoding_mod,
    receive
        {udp, S, IP, Port, Bin} ->
            case muted() of
                true -> log(#{event => "rx-muted", peer => peer(IP, Port), len => size(Bin)});
                false ->
                    log_msg("rx", udp, peer(IP, Port), Enc, Bin),
                    Owner ! {rx, self()},
                    SH = {udp, self(), S, IP, Port, Enc},
                    megaco:receive_message(RH, self(), SH, Bin, SH)
            end,
            udp_loop(S, RH, Owner);
        {udp_closed, S} -> ok;
        {udp_error, S, _} -> udp_loop(S, RH, Owner);
        stop -> gen_udp:close(S)
    end.

tcp_connect({IP, Port}, {BIP, _}, RH, Owner) ->
    Self = self(), Ref = make_ref(),
    Pid = spawn(fun() ->
        case gen_tcp:connect(IP, Port, [binary, {packet, tpkt}, {active, true}, {nodelay, true}, {ip, BIP}], 3000) of
            {ok, S} -> Self ! {Ref, {ok, S}}, tcp_loop(S, peer(IP, Port), RH, Owner);
            E -> Self ! {Ref, E}
        end end),
    receive {Ref, {ok, S}} -> {ok, Pid, {tcp, Pid, S, peer(IP, Port), RH#megaco_receive_handle.encoding_mod}};
            {Ref, E} -> E end.

tcp_listen({IP, Port}, RH, Owner) ->
    {ok, L} = gen_tcp:listen(Port, [binary, {packet, tpkt}, {active, false}, {reuseaddr, true}, {nodelay, true}, {ip, IP}]),
    spawn(fun() -> accept(L, RH, Owner) end).
accept(L, RH, Owner) ->
    {ok, S} = gen_tcp:accept(L),
    {ok, {IP, Port}} = inet:peername(S),
    Pid = spawn(fun() -> receive go -> ok end, inet:setopts(S, [{active, true}]),
                         tcp_loop(S, peer(IP, Port), RH, Owner) end),
    ok = gen_tcp:controlling_process(S, Pid), Pid ! go,
    accept(L, RH, Owner).

tcp_loop(S, Peer, RH, Owner) ->
    Enc = RH#megaco_receive_handle.encoding_mod,
    receive
        {tcp, S, <<_:32, Bin/binary>>} ->
            case muted() of
                true -> log(#{event => "rx-muted", peer => Peer, len => size(Bin)});
                false ->
                    log_msg("rx", tcp, Peer, Enc, Bin),
                    Owner ! {rx, self()},
                    SH = {tcp, self(), S, Peer, Enc},
                    megaco:receive_message(RH, self(), SH, Bin, SH)
            end,
            tcp_loop(S, Peer, RH, Owner);
        {tcp_closed, S} -> log(#{event => "tcp-closed", peer => Peer}), Owner ! {transport_down, self()};
        {tcp_error, S, R} -> log(#{event => "tcp-error", peer => Peer, reason => R}), Owner ! {transport_down, self()};
        stop -> gen_tcp:close(S)
    end.

close(Pid) when is_pid(Pid) -> Pid ! stop;
close(_) -> ok.

%%---------------------------------------------------------------- MIDs
%% "[127.0.0.1]:2944" | "<mg1.example>:2944" | "mg1" (device name)
mid("[" ++ _ = S, _) ->
    {match, [H, P]} = re:run(S, "^\\[([0-9.]+)\\]:?([0-9]*)$", [{capture, [1, 2], list}]),
    {ok, {A, B, C, D}} = inet:parse_address(H),
    {ip4Address, #'IP4Address'{address = [A, B, C, D], portNumber = pn(P)}};
mid("<" ++ _ = S, _) ->
    {match, [H, P]} = re:run(S, "^<([^>]+)>:?([0-9]*)$", [{capture, [1, 2], list}]),
    {domainName, #'DomainName'{name = H, portNumber = pn(P)}};
mid(S, _) -> {deviceName, S}.
pn("") -> asn1_NOVALUE;
pn(P) -> list_to_integer(P).
mid_str({ip4Address, #'IP4Address'{address = A, portNumber = P}}) ->
    "[" ++ lists:flatten(lists:join(".", [integer_to_list(X) || X <- A])) ++ "]" ++ ps(P);
mid_str({domainName, #'DomainName'{name = N, portNumber = P}}) -> "<" ++ N ++ ">" ++ ps(P);
mid_str({deviceName, N}) -> N;
mid_str(X) -> lists:flatten(io_lib:format("~p", [X])).
ps(asn1_NOVALUE) -> "";
ps(P) -> ":" ++ integer_to_list(P).
mid_to_hostport({ip4Address, #'IP4Address'{address = [A, B, C, D], portNumber = P}}) -> {{A, B, C, D}, P};
mid_to_hostport({domainName, #'DomainName'{name = N, portNumber = P}}) ->
    case inet:getaddr(N, inet) of {ok, A} -> {A, P}; _ -> unresolved end;
mid_to_hostport(_) -> unresolved.

%%---------------------------------------------------------------- termination ids
%% text: any path.  binary: 3 octets; line/N = 00 00 NN, rtp/N = 01 NN NN, ROOT = FF x 8.
tid("ROOT", _) -> ?megaco_root_termination_id;
tid("root", _) -> ?megaco_root_termination_id;
tid("*", _) -> #megaco_term_id{contains_wildcards = true, id = [[?megaco_all]]};
tid("$", _) -> #megaco_term_id{contains_wildcards = true, id = [[?megaco_choose]]};
tid(Name, Enc) ->
    case is_text(Enc) of
        true ->
            Parts = string:tokens(Name, "/"),
            Wild = lists:any(fun(P) -> lists:member($*, P) orelse lists:member($$, P) end, Parts),
            #megaco_term_id{contains_wildcards = Wild, id = Parts};
        false ->
            case Name of
                "line/*" -> #megaco_term_id{contains_wildcards = true, id = [oct(0), oct(0), [?megaco_all]]};
                "line/" ++ N -> #megaco_term_id{id = [oct(0), oct(0), oct(list_to_integer(N))]};
                "rtp/" ++ N -> I = list_to_integer(N), #megaco_term_id{id = [oct(1), oct(I div 256), oct(I rem 256)]}
            end
    end.
oct(N) -> lists:flatten(io_lib:format("~8.2.0b", [N])).
tname(#megaco_term_id{id = [[$r, $o, $o, $t]]}) -> "ROOT";
tname(#megaco_term_id{id = [[$*]]}) -> "*";
tname(#megaco_term_id{id = [[$$]]}) -> "$";
tname(#megaco_term_id{id = [[_, _, _, _, _, _, _, _] = A, B, C], contains_wildcards = W}) ->
    case {W, catch list_to_integer(A, 2)} of
        {true, 0} -> "line/*";
        {false, 0} -> "line/" ++ integer_to_list(list_to_integer(C, 2));
        {false, 1} -> "rtp/" ++ integer_to_list(list_to_integer(B, 2) * 256 + list_to_integer(C, 2));
        _ -> string:join([A, B, C], "/")
    end;
tname(#megaco_term_id{id = Parts}) -> string:join(Parts, "/").

%%---------------------------------------------------------------- SDP
sdp_props(Lines) -> [#'PropertyParm'{name = [K], value = [wrap(sdp, V)]} || [K, $= | V] <- Lines].
sdp_lines(#'LocalRemoteDescriptor'{propGrps = Gs}) ->
    [N ++ "=" ++ unwrap(sdp, V) || G <- Gs, #'PropertyParm'{name = N, value = [V | _]} <- G];
sdp_lines(_) -> [].

%% H.248.1 Annex A note 4: in the binary encoding every package value (and the
%% ServiceChangeReason) is BER encoded by its type and the result put in an OCTET
%% STRING ("double wrapping").  The OTP application leaves that to its user.
ber() -> persistent_term:get({?MODULE, ber}, false).
wrap(Name, V) -> case ber() of false -> V; true -> wrap1(Name, V) end.
wrap1("strict", V) -> [16#0A, 1, idx(V, ["exact", "state", "failWrong"])];
wrap1("Meth", V)   -> [16#0A, 1, 1 + idx(V, ["UM", "PM", "FM"])];
wrap1("init", V)   -> [1, 1, case V of "on" -> 255; _ -> 0 end];
wrap1(T, V) when T =:= "mit"; T =:= stat -> I = int_bytes(list_to_integer(V)), [2, length(I) | I];
wrap1(_, V) when length(V) < 128 -> [16#16, length(V) | V];
wrap1(_, V) -> [16#16, 16#81, length(V) | V].
idx(V, L) -> idx(V, L, 0).
idx(V, [V | _], N) -> N;
idx(V, [_ | T], N) -> idx(V, T, N + 1);
idx(_, [], _) -> 0.
int_bytes(N) when N >= 0 -> B = binary:encode_unsigned(N), case B of <<1:1, _/bits>> -> [0 | binary_to_list(B)]; _ -> binary_to_list(B) end.
unwrap(Name, V) -> case ber() of false -> V; true -> unwrap1(Name, V) end.
unwrap1(_, [T, 16#81, L | R]) when length(R) =:= L, T =:= 16#16 orelse T =:= 16#0C orelse T =:= 4 -> R;
unwrap1(_, [T, L | R]) when length(R) =:= L, T =:= 16#16 orelse T =:= 16#0C orelse T =:= 4 -> R;
unwrap1("strict", [16#0A, 1, N]) when N < 3 -> lists:nth(N + 1, ["exact", "state", "failWrong"]);
unwrap1("Meth", [16#0A, 1, N]) when N > 0, N < 4 -> lists:nth(N, ["UM", "PM", "FM"]);
unwrap1(_, [1, 1, 0]) -> "off";
unwrap1(_, [1, 1, _]) -> "on";
unwrap1(_, [T, L | R]) when length(R) =:= L, T =:= 2 orelse T =:= 16#0A -> integer_to_list(binary:decode_unsigned(list_to_binary(R)));
unwrap1(_, V) -> V.

timestamp() ->
    {{Y, Mo, D}, {H, Mi, S}} = calendar:universal_time(),
    {_, _, Us} = os:timestamp(),
    #'TimeNotation'{date = lists:flatten(io_lib:format("~4..0b~2..0b~2..0b", [Y, Mo, D])),
                    time = lists:flatten(io_lib:format("~2..0b~2..0b~2..0b~2..0b", [H, Mi, S, Us div 10000]))}.

%%---------------------------------------------------------------- stdin
stdin_loop(Owner) ->
    case io:get_line("") of
        eof -> Owner ! stdin_eof;
        {error, _} -> Owner ! stdin_eof;
        Line ->
            case string:tokens(string:trim(Line), " ") of
                [] -> ok;
                Toks -> Owner ! {cmd, Toks}
            end,
            stdin_loop(Owner)
    end.

%% load the codec modules before the first real message
warm(Enc, Mid) ->
    SCP = #'ServiceChangeParm'{serviceChangeMethod = restart, serviceChangeReason = ["901 x"]},
    CR = #'CommandRequest'{command = {serviceChangeReq, #'ServiceChangeRequest'{
            terminationID = [?megaco_root_termination_id], serviceChangeParms = SCP}}},
    Msg = #'MegacoMessage'{mess = #'Message'{version = ?VERSION, mId = Mid, messageBody =
            {transactions, [{transactionRequest, #'TransactionRequest'{transactionId = 1,
                actions = [#'ActionRequest'{contextId = 0, commandRequests = [CR]}]}}]}}},
    {ok, Bin} = Enc:encode_message([], ?VERSION, Msg),
    {ok, _} = Enc:decode_message([], ?VERSION, Bin),
    catch pretty(Enc, Bin), ok.
