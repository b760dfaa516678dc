%% A media gateway with analog lines and RTP terminations, on top of OTP's own `megaco' application: its codec, its
%% transactions and its digit maps, of which nothing was written for Altpath. It is steered by lines on stdin and says what
%% it does as JSON on stdout (README.md). It sends no RTP. Sections are those of RFC 3525.
-module(mg).
-include("megaco_hdr.hrl").
-export([main/0]).
%% megaco_user callbacks (with and without Extra)
-export([handle_connect/2, handle_connect/3, handle_disconnect/3,
         handle_syntax_error/3, handle_syntax_error/4,
         handle_message_error/3, handle_message_error/4,
         handle_trans_request/3, handle_trans_request/4,
         handle_trans_long_request/3, handle_trans_long_request/4,
         handle_trans_reply/4, handle_trans_reply/5,
         handle_trans_ack/4, handle_trans_ack/5,
         handle_unexpected_trans/3, handle_unexpected_trans/4,
         handle_trans_request_abort/4, handle_trans_request_abort/5]).
-import(megaco_peer, [log/1, tname/1, mid_str/1]).

-define(PKGS, ["g", "root", "tonegen", "tonedet", "dg", "dd", "cg", "al", "nt", "rtp", "it"]).

-record(s, {opt, mid, rh, enc, transport, bind, mgcs, idx = none, ch, tpid,
            assoc = down,            % down | connecting | up
            prev,                    % host:port of the MGC that controlled us last
            terms = #{}, nctx = 1, neph = 1, dms = #{}, collectors = #{},
            last_rx = 0, it = off, it_req = 0, retry, waiting = false,
            told = #{}}).            % what the log said of each termination

main() ->
    Opt = megaco_peer:args(init:get_plain_arguments(),
            #{mgc => "127.0.0.1:2944", enc => "compact", transport => "udp", mid => "mg1",
              bind => "127.0.0.1", lines => "4", 't1' => "500", retries => "4",
              mwd => "3000", rtpip => "127.0.0.1"}),
    application:set_env(kernel, logger_level, error),
    logger:set_primary_config(level, none),
    ok = megaco:start(),
    Enc = megaco_peer:enc_mod(maps:get(enc, Opt)),
    Mid = megaco_peer:mid(maps:get(mid, Opt), Enc),
    Tr = list_to_atom(maps:get(transport, Opt)),
    Int = fun(K) -> list_to_integer(maps:get(K, Opt)) end,
    ok = megaco:start_user(Mid, [
            {user_mod, ?MODULE}, {send_mod, megaco_peer},
            {encoding_mod, Enc}, {encoding_config, []},
            {protocol_version, ?VERSION}, {auto_ack, Tr =:= udp},
            {request_timer, #megaco_incr_timer{wait_for = Int(t1), factor = 2, incr = 0, max_retries = Int(retries)}},
            {reply_timer, 30000}]),
    register(mg, self()),
    megaco_peer:warm(Enc, Mid),
    Lines = [{"line/" ++ integer_to_list(I), new_line()} || I <- lists:seq(1, Int(lines))],
    Mgcs = [megaco_peer:hostport(X) || X <- string:tokens(maps:get(mgc, Opt), ",")],
    S0 = #s{opt = Opt, mid = Mid, rh = megaco:user_info(Mid, receive_handle), enc = Enc,
            transport = Tr, bind = megaco_peer:hostport(maps:get(bind, Opt)),
            mgcs = [default_port(M, Enc) || M <- Mgcs],
            terms = maps:from_list([{"ROOT", new_line()} | Lines])},
    log(#{event => "start", mid => mid_str(Mid), transport => Tr, enc => maps:get(enc, Opt),
          version => ?VERSION, mgcs => {list, [hp(M) || M <- S0#s.mgcs]}}),
    Self = self(),
    spawn(fun() -> megaco_peer:stdin_loop(Self) end),
    erlang:send_after(100, self(), tick),
    loop(begin_reg(restart, cands_cold(S0), S0)).

default_port({A, undefined}, Enc) when Enc =:= megaco_ber_encoder -> {A, 2945};
default_port({A, undefined}, _) -> {A, 2944};
default_port(X, _) -> X.
hp({A, P}) -> inet:ntoa(A) ++ ":" ++ integer_to_list(P).
new_line() -> #{hook => on, ctx => 0, events => none, signals => [], mode => inactive,
                svc => inSvc, local => [], remote => [], digits => "", t0 => 0}.

%%================================================================ registration
%% candidate = {HostPort, Method, Reason}
cands_cold(S) -> [{M, restart, "901 Cold Boot"} || M <- S#s.mgcs].
%% §11.5: start at the primary unless it is the one that failed;
%% the previously controlling MGC gets Disconnected, the others Failover.
cands_failover(S) ->
    {Before, After} = case S#s.prev of
        P -> lists:partition(fun(M) -> M =/= P end, S#s.mgcs)
    end,
    [{M, failover, "909 MGC Impending Failure"} || M <- Before] ++
    [{M, disconnected, "900 Service Restored"} || M <- After].

begin_reg(Why, Cands, S0) ->
    S = drop_assoc(S0),
    log(#{event => "registering", why => Why,
          candidates => {list, [hp(M) ++ " " ++ atom_to_list(Me) || {M, Me, _} <- Cands]}}),
    Self = self(),
    spawn(fun() -> reg_loop(Self, Cands, 0, S) end),
    S#s{assoc = connecting, waiting = false}.

drop_assoc(S) ->
    [begin catch megaco:cancel(C, dropped), catch megaco:disconnect(C, dropped) end
     || C <- (catch megaco:user_info(S#s.mid, connections)), is_record(C, megaco_conn_handle)],
    megaco_peer:close(S#s.tpid),
    S#s{ch = undefined, tpid = undefined, assoc = down, it = off}.

reg_loop(Main, [], _, _) -> Main ! no_mgc;
reg_loop(Main, [{HP, Method, Reason} | Rest], Hops, S) ->
    log(#{event => "attempt", mgc => hp(HP), method => Method}),
    case attempt(Main, HP, Method, Reason, S) of
        {ok, CH, TPid, Ver} -> Main ! {registered, HP, CH, TPid, Method, Ver};
        {redirect, MgcId} when Hops < 5 ->
            log(#{event => "redirected", from => hp(HP), mgc_id_to_try => mid_str(MgcId)}),
            case megaco_peer:mid_to_hostport(MgcId) of
                {A, asn1_NOVALUE} -> reg_loop(Main, [{default_port({A, undefined}, S#s.enc), Method, Reason} | Rest], Hops + 1, S);
                {A, P} -> reg_loop(Main, [{{A, P}, Method, Reason} | Rest], Hops + 1, S);
                unresolved -> reg_loop(Main, Rest, Hops, S)
            end;
        {redirect, _} -> reg_loop(Main, Rest, Hops, S);
        {error, R} ->
            log(#{event => "attempt-failed", mgc => hp(HP), reason => io_lib:format("~0p", [R])}),
            reg_loop(Main, Rest, Hops, S)
    end.

attempt(Main, {IP, Port} = HP, Method, Reason, S) ->
    Open = case S#s.transport of
        udp -> case megaco_peer:udp_open(S#s.bind, S#s.rh, Main) of
                   {ok, P, Sock} -> {ok, P, {udp, P, Sock, IP, Port, S#s.enc}};
                   E0 -> E0 end;
        tcp -> case megaco_peer:tcp_connect(HP, S#s.bind, S#s.rh, Main) of
                   {ok, P, SH0} -> {ok, P, SH0};
                   E0 -> E0 end
    end,
    case Open of
        {ok, TPid, SH} ->
            case megaco:connect(S#s.rh, preliminary_mid, SH, TPid) of
                {ok, CH} ->
                    R = megaco:call(CH, [sc_action("ROOT", Method, Reason, true, S)], []),
                    case sc_result(R) of
                        {ok, Ver} ->
                            [CH2 | _] = megaco:user_info(S#s.mid, connections),
                            {ok, CH2, TPid, Ver};
                        Other ->
                            [begin catch megaco:cancel(C, failed), catch megaco:disconnect(C, failed) end
                             || C <- megaco:user_info(S#s.mid, connections)],
                            megaco_peer:close(TPid), timer:sleep(20),
                            Other
                    end;
                {error, R} -> megaco_peer:close(TPid), {error, R}
            end;
        {error, R} -> {error, R}
    end.

sc_action(T, Method, Reason, WithVer, S) ->
    P0 = #'ServiceChangeParm'{serviceChangeMethod = Method, serviceChangeReason = [megaco_peer:wrap(reason, Reason)],
                              timeStamp = megaco_peer:timestamp()},
    P = case WithVer of true -> P0#'ServiceChangeParm'{serviceChangeVersion = ?VERSION}; false -> P0 end,
    SCR = #'ServiceChangeRequest'{terminationID = [megaco_peer:tid(T, S#s.enc)], serviceChangeParms = P},
    #'ActionRequest'{contextId = ?megaco_null_context_id,
                     commandRequests = [#'CommandRequest'{command = {serviceChangeReq, SCR}}]}.

sc_result({V, {ok, R, _Extra}}) -> sc_result({V, {ok, R}});
sc_result({V, {error, R, _Extra}}) -> sc_result({V, {error, R}});
sc_result({_V, {ok, [#'ActionReply'{errorDescriptor = asn1_NOVALUE, commandReply = [{serviceChangeReply, R} | _]} | _]}}) ->
    case R#'ServiceChangeReply'.serviceChangeResult of
        {serviceChangeResParms, #'ServiceChangeResParm'{serviceChangeMgcId = asn1_NOVALUE, serviceChangeVersion = V}} -> {ok, V};
        {serviceChangeResParms, #'ServiceChangeResParm'{serviceChangeMgcId = M}} -> {redirect, M};
        {errorDescriptor, #'ErrorDescriptor'{errorCode = C, errorText = T}} -> {error, {C, T}};
        _ -> {ok, asn1_NOVALUE}
    end;
sc_result({_V, {ok, [#'ActionReply'{errorDescriptor = #'ErrorDescriptor'{errorCode = C, errorText = T}} | _]}}) -> {error, {C, T}};
sc_result({_V, {error, R}}) -> {error, R};
sc_result({error, R}) -> {error, R};
sc_result(X) -> {error, X}.

%%================================================================ main loop
loop(S0) ->
    S = tell(S0),
    receive
        {cmd, Toks} -> loop(cmd(Toks, S));
        stdin_eof -> loop(S);
        {rx, _} -> loop(S#s{last_rx = erlang:monotonic_time(millisecond)});
        tick -> erlang:send_after(100, self(), tick), loop(tick(S));
        {registered, HP, CH, TPid, Method, Ver} ->
            log(#{event => "registered", mgc => hp(HP), method => Method,
                  version => case Ver of asn1_NOVALUE -> "-"; _ -> Ver end,
                  mgc_mid => mid_str(CH#megaco_conn_handle.remote_mid)}),
            loop(S#s{assoc = up, ch = CH, tpid = TPid, prev = HP,
                     last_rx = erlang:monotonic_time(millisecond)});
        no_mgc ->
            W = rand:uniform(list_to_integer(maps:get(mwd, S#s.opt))),
            log(#{event => "no-mgc", retry_in_ms => W}),
            loop(S#s{waiting = true, retry = erlang:send_after(W, self(), retry)});
        retry when S#s.waiting -> loop(retry(S));
        retry -> loop(S);
        {transport_down, Pid} when Pid =:= S#s.tpid, S#s.assoc =:= up -> loop(mgc_failed("transport-down", S));
        {transport_down, _} -> loop(S);
        {cast_result, {notify, T, Ev}, {error, R}} ->
            log(#{event => "notify-failed", term => T, ev => Ev, reason => io_lib:format("~0p", [R])}),
            case S#s.assoc of
                up when R =:= timeout -> loop(mgc_failed("request-timeout", S));
                _ -> loop(S)
            end;
        {cast_result, _, _} -> loop(S);
        {req, From, Ref, CH, Actions} when S#s.assoc =:= connecting ->
            %% the ServiceChange reply may be right behind: look again before answering 505
            erlang:send_after(80, self(), {req2, From, Ref, CH, Actions}), loop(S);
        {Req, From, Ref, CH, Actions} when Req =:= req; Req =:= req2 ->
            {Reply, S1} = request(CH, Actions, S),
            From ! {Ref, Reply},
            loop(S1);
        {dm_done, T, Rid, Pid, Result} -> loop(dm_done(T, Rid, Pid, Result, S));
        {notify, T, Ev, Pars} -> loop(raise(T, Ev, Pars, S));
        {handoff, Mid} -> loop(handoff(Mid, S));
        _ -> loop(S)
    end.

%% What a user could notice of the terminations is told whenever it has changed, all of it at once.
tell(S) ->
    Now = maps:map(fun(_, V) -> seen(V) end, maps:remove("ROOT", S#s.terms)),
    Changed = [V#{term => T} || {T, V} <- lists:sort(maps:to_list(Now)), V =/= maps:get(T, S#s.told, none)],
    Gone = [T || T <- lists:sort(maps:keys(S#s.told)), not maps:is_key(T, Now)],
    case {Changed, Gone} of
        {[], []} -> ok;
        _ -> log(#{event => "terminations", changed => {list, Changed}, gone => {list, Gone}})
    end,
    S#s{told = Now}.
seen(V) ->
    #{hook => maps:get(hook, V), context => maps:get(ctx, V), mode => maps:get(mode, V),
      signals => {list, maps:get(signals, V)}, service => maps:get(svc, V), sends => maps:get(remote, V) =/= []}.

retry(S) ->
    Cands = case S#s.prev of undefined -> cands_cold(S); _ ->
        %% §11.5: back to the primary first; the previous controller gets Disconnected
        [case M =:= S#s.prev of true -> {M, disconnected, "900 Service Restored"};
                                false -> {M, failover, "909 MGC Impending Failure"} end || M <- S#s.mgcs] end,
    begin_reg(retry, Cands, S).

mgc_failed(Why, S) ->
    log(#{event => "mgc-failed", mgc => hp(S#s.prev), why => Why}),
    begin_reg(mgc_failure, cands_failover(S), S).

handoff(Mid, S) ->
    case megaco_peer:mid_to_hostport(Mid) of
        {A, P0} ->
            HP = case P0 of asn1_NOVALUE -> default_port({A, undefined}, S#s.enc); _ -> {A, P0} end,
            begin_reg(handoff, [{HP, handOff, "903 MGC Directed Change"} | cands_failover(S)], S);
        unresolved -> log(#{event => "handoff-unresolved", mid => mid_str(Mid)}), S
    end.

%% inactivity timer package (H.248.14): Notify ROOT it/ito when nothing was received for mit*10 ms
tick(#s{assoc = up, it = Ms} = S) when is_integer(Ms) ->
    case erlang:monotonic_time(millisecond) - S#s.last_rx > Ms of
        true -> S1 = S#s{last_rx = erlang:monotonic_time(millisecond)},
                send_notify("ROOT", 0, S#s.it_req, "it/ito", [], S1), S1;
        false -> S
    end;
tick(S) -> S.

%%================================================================ stdin
cmd(["offhook", T], S) -> hook(T, off, S);
cmd(["onhook", T], S) -> hook(T, on, S);
cmd(["flash", T], S) -> raise(T, "al/fl", [], S);
cmd(["digits", T, Ds], S) ->
    case maps:find(T, S#s.collectors) of
        {ok, {Pid, _}} ->
            [megaco:report_digit_event(Pid, D) || D <- Ds],
            upd(T, (maps:get(T, S#s.terms))#{signals => []}, S);    % who dials hears dial tone no more
        error -> log(#{event => "no-digitmap", term => T}), lists:foldl(fun(D, A) -> raise(T, "dd/d" ++ sym(D), [], A) end, S, Ds)
    end;
cmd(["event", T, Ev | Ps], S) -> raise(T, Ev, [list_to_tuple(string:split(P, "=")) || P <- Ps], S);
cmd(["sc", Method, T], S) -> cmd(["sc", Method, T, "905"], S);
cmd(["sc", Method, T, Code], S) when S#s.assoc =:= up ->
    megaco:cast(S#s.ch, [sc_action(T, list_to_existing_atom(Method), Code ++ " test", false, S)], [{reply_data, {sc, T, Method}}]), S;
cmd(["reconnect"], S) -> begin_reg(manual, cands_cold(S), S);
cmd(["state"], S) ->
    log(#{event => "state", assoc => S#s.assoc, mgc => case S#s.prev of undefined -> "-"; P -> hp(P) end,
          terms => {list, [(seen(V))#{term => T} || {T, V} <- lists:sort(maps:to_list(S#s.terms)), T =/= "ROOT"]}}), S;
cmd(["mute"], S) -> megaco_peer:mute(true), S;
cmd(["unmute"], S) -> megaco_peer:mute(false), S;
cmd(["quit"], _) -> log(#{event => "quit"}), timer:sleep(50), halt(0);
cmd(["sleep", _], S) -> S;
cmd(C, S) -> log(#{event => "bad-command", cmd => string:join(C, " ")}), S.

sym($*) -> "s"; sym($#) -> "o"; sym(D) -> [D].

hook(T, H, S) ->
    case maps:find(T, S#s.terms) of
        {ok, V} ->
            S1 = S#s{terms = (S#s.terms)#{T => V#{hook => H}}},
            raise(T, case H of off -> "al/of"; on -> "al/on" end, [{"init", "off"}], S1);
        error -> log(#{event => "unknown-term", term => T}), S
    end.

%%================================================================ events
raise(T, Ev, Pars, #s{assoc = up} = S) ->
    V = maps:get(T, S#s.terms),
    case maps:get(events, V) of
        none -> log(#{event => "event-ignored", term => T, ev => Ev}), S;
        {Rid, Evs} ->
            case [E || E <- Evs, ev_match(Ev, E#'RequestedEvent'.pkgdName)] of
                [] -> log(#{event => "event-ignored", term => T, ev => Ev}), S;
                [E | _] ->
                    send_notify(T, maps:get(ctx, V), Rid, Ev, Pars, S),
                    after_event(T, E, S)
            end
    end;
raise(T, Ev, _, #s{waiting = true} = S) ->       % §9.2 step 2: local activity ends the wait
    log(#{event => "event-while-down", term => T, ev => Ev}),
    erlang:cancel_timer(S#s.retry), retry(S);
raise(T, Ev, _, S) -> log(#{event => "event-while-down", term => T, ev => Ev}), S.

ev_match(_, "*/*") -> true;
ev_match(Ev, Ev) -> true;
ev_match(Ev, P) -> case string:split(P, "/") of [Pk, "*"] -> lists:prefix(Pk ++ "/", Ev); _ -> false end.

%% signals stop on a detected event unless KeepActive; embedded descriptors become active
after_event(T, #'RequestedEvent'{eventAction = A}, S) ->
    V = maps:get(T, S#s.terms),
    case A of
        asn1_NOVALUE -> upd(T, V#{signals => []}, S);
        #'RequestedActions'{keepActive = K, secondEvent = SE, signalsDescriptor = SD} ->
            V1 = case K of true -> V; _ -> V#{signals => []} end,
            S1 = upd(T, V1, S),
            S2 = case SD of asn1_NOVALUE -> S1; _ -> element(2, apply_desc(T, {signalsDescriptor, SD}, S1)) end,
            case SE of
                asn1_NOVALUE -> S2;
                #'SecondEventsDescriptor'{requestID = R, eventList = L} ->
                    L2 = [#'RequestedEvent'{pkgdName = X#'SecondRequestedEvent'.pkgdName, evParList = X#'SecondRequestedEvent'.evParList,
                            eventAction = sec(X#'SecondRequestedEvent'.eventAction)} || X <- L],
                    element(2, apply_desc(T, {eventsDescriptor, #'EventsDescriptor'{requestID = R, eventList = L2}}, S2))
            end
    end.
sec(#'SecondRequestedActions'{keepActive = K, eventDM = D, signalsDescriptor = SD}) ->
    #'RequestedActions'{keepActive = K, eventDM = D, signalsDescriptor = SD};
sec(X) -> X.

send_notify(T, Ctx, Rid, Ev, Pars, S) ->
    OE = #'ObservedEvent'{eventName = Ev, timeNotation = megaco_peer:timestamp(),
            eventParList = [evpar(N, Val) || {N, Val} <- Pars]},
    NR = #'NotifyRequest'{terminationID = [megaco_peer:tid(T, S#s.enc)],
            observedEventsDescriptor = #'ObservedEventsDescriptor'{requestId = Rid, observedEventLst = [OE]}},
    AR = #'ActionRequest'{contextId = Ctx, commandRequests = [#'CommandRequest'{command = {notifyReq, NR}}]},
    case megaco:cast(S#s.ch, [AR], [{reply_data, {notify, T, Ev}}]) of
        ok -> ok;
        {error, R} -> log(#{event => "notify-error", reason => io_lib:format("~0p", [R])})
    end.

dm_done(T, Rid, Pid, Result, S) ->
    case maps:find(T, S#s.collectors) of
        {ok, {Pid, _}} ->
            S1 = S#s{collectors = maps:remove(T, S#s.collectors)},
            log(#{event => "digitmap-done", term => T, result => io_lib:format("~0p", [Result])}),
            {Ds, Meth} = case Result of
                {ok, {unambiguous, L}} -> {L, "UM"};
                {ok, {full, L}} -> {L, "FM"};
                {ok, {full, L, _}} -> {L, "FM"};
                {error, {unexpected_event, _, L, _}} when is_list(L) -> {L, "PM"};
                _ -> {"", "PM"}
            end,
            _ = Rid,
            raise(T, "dd/ce", [{"ds", quote(Ds, S)}, {"Meth", Meth}], S1);
        _ -> S
    end.
%% a String MUST be quoted in text, but the OTP encoder only quotes what needs it: pre-encode
evpar(N, [$" | _] = V) -> #megaco_event_parameter{name = N, value = V};
evpar(N, V) -> #'EventParameter'{eventParameterName = N, value = [megaco_peer:wrap(N, V)]}.

quote(Ds, #s{enc = megaco_ber_encoder}) -> Ds;
quote(Ds, _) -> [$"] ++ Ds ++ [$"].

%%================================================================ requests from the MGC
request(_CH, _Actions, #s{assoc = A} = S) when A =/= up ->
    {#'ErrorDescriptor'{errorCode = 505, errorText = "Command Received before a ServiceChange Reply has been received"}, S};
request(_CH, Actions, S) -> actions(Actions, [], S).

actions([], Acc, S) -> {lists:reverse(Acc), S};
actions([#'ActionRequest'{contextId = C0, commandRequests = CRs} | T], Acc, S0) ->
    Ok = C0 =:= 0 orelse C0 =:= ?megaco_choose_context_id orelse C0 =:= ?megaco_all_context_id orelse
         lists:any(fun(V) -> maps:get(ctx, V) =:= C0 end, maps:values(S0#s.terms)),
    case Ok of
        false -> {lists:reverse([#'ActionReply'{contextId = C0, errorDescriptor = err(411)} | Acc]), S0};
        true ->
            {C, S1} = case C0 of
                ?megaco_choose_context_id -> {S0#s.nctx, S0#s{nctx = S0#s.nctx + 1}};
                _ -> {C0, S0} end,
            case commands(CRs, C, [], S1) of
                {ok, Rs, S2} -> actions(T, [#'ActionReply'{contextId = C, commandReply = Rs} | Acc], S2);
                {error, E, Rs, S2} ->
                    {lists:reverse([#'ActionReply'{contextId = C, errorDescriptor = E, commandReply = Rs} | Acc]), S2}
            end
    end.

commands([], _, Acc, S) -> {ok, Acc, S};
commands([#'CommandRequest'{command = Cmd, optional = Opt, wildcardReturn = W} | T], C, Acc, S) ->
    case command(Cmd, C, S) of
        {ok, Rs0, S1} ->
            Rs = case {W, Rs0} of {'NULL', [R | _]} -> [R]; _ -> Rs0 end,
            commands(T, C, Acc ++ Rs, S1);
        {error, _Code, S1} when Opt =:= 'NULL' -> commands(T, C, Acc, S1);
        {error, Code, S1} -> {error, err(Code), Acc, S1}
    end.

err(C) -> #'ErrorDescriptor'{errorCode = C, errorText = err_text(C)}.
err_text(411) -> "The transaction refers to an unknown ContextId";
err_text(430) -> "Unknown TerminationID";
err_text(431) -> "No TerminationID matched a wildcard";
err_text(433) -> "TerminationID is already in a Context";
err_text(435) -> "Termination ID is not in specified Context";
err_text(440) -> "Unsupported or unknown Package";
err_text(443) -> "Unsupported or unknown Command";
err_text(454) -> "No such parameter value in this package";
err_text(457) -> "Missing parameter in signal or event";
err_text(540) -> "Unexpected initial hook state";
err_text(501) -> "Not Implemented";
err_text(_) -> "".

upd(T, V, S) -> S#s{terms = (S#s.terms)#{T => V}}.
expand(Name, C, S) ->
    In = [T || {T, V} <- maps:to_list(S#s.terms), T =/= "ROOT",
               C =:= ?megaco_all_context_id orelse maps:get(ctx, V) =:= C],
    case Name of
        "*" -> lists:sort(In);
        _ -> case lists:member($*, Name) of
                 true -> {ok, Re} = re:compile("^" ++ re:replace(Name, "\\*", ".*", [global, {return, list}]) ++ "$"),
                         lists:sort([T || T <- In, re:run(T, Re) =/= nomatch]);
                 false -> [Name]
             end
    end.

command({addReq, #'AmmRequest'{terminationID = [Tid], descriptors = Ds}}, C, S) ->
    case tname(Tid) of
        "$" ->
            N = S#s.neph, T = "rtp/" ++ integer_to_list(N),
            S1 = S#s{neph = N + 1, terms = (S#s.terms)#{T => (new_line())#{ctx => C, eph => 20000 + 2 * N, t0 => erlang:monotonic_time(millisecond)}}},
            descs(T, Ds, addReply, S1, S);
        T ->
            case maps:find(T, S#s.terms) of
                {ok, #{ctx := 0} = V} when T =/= "ROOT" -> descs(T, Ds, addReply, upd(T, V#{ctx => C}, S), S);
                {ok, _} -> {error, 433, S};
                error -> {error, 430, S}
            end
    end;
command({modReq, #'AmmRequest'{terminationID = [Tid], descriptors = Ds}}, C, S) ->
    Name = tname(Tid),
    Ts = case Name of "ROOT" -> ["ROOT"]; _ -> expand(Name, C, S) end,
    case Ts of
        [] -> {error, 431, S};
        _ -> each(Ts, fun(T, Sx) ->
                case maps:find(T, Sx#s.terms) of
                    {ok, V} -> case maps:get(ctx, V) =:= C orelse C =:= ?megaco_all_context_id of
                                   true -> descs(T, Ds, modReply, Sx, Sx);
                                   false -> {error, 435, Sx} end;
                    error -> {error, 430, Sx}
                end end, S)
    end;
command({moveReq, #'AmmRequest'{terminationID = [Tid], descriptors = Ds}}, C, S) ->
    T = tname(Tid),
    case maps:find(T, S#s.terms) of
        {ok, V} -> descs(T, Ds, moveReply, upd(T, V#{ctx => C}, S), S);
        error -> {error, 430, S}
    end;
command({subtractReq, #'SubtractRequest'{terminationID = [Tid], auditDescriptor = AD}}, C, S) ->
    case expand(tname(Tid), C, S) of
        [] -> {error, 431, S};
        Ts -> each(Ts, fun(T, Sx) -> subtract(T, C, AD, Sx) end, S)
    end;
command({auditValueRequest, #'AuditRequest'{terminationID = Tid, auditDescriptor = AD}}, C, S) ->
    Name = tname(Tid),
    Ts = case Name of "ROOT" -> ["ROOT"]; _ -> expand(Name, C, S) end,
    Known = [T || T <- Ts, maps:is_key(T, S#s.terms)],
    case Known of
        [] when Ts =:= [] -> {error, 431, S};
        [] -> {error, 430, S};
        _ -> {ok, [{auditValueReply, {auditResult, #'AuditResult'{terminationID = megaco_peer:tid(T, S#s.enc),
                    terminationAuditResult = audit(T, AD, S)}}} || T <- Known], S}
    end;
command({auditCapRequest, #'AuditRequest'{terminationID = Tid}}, _, S) ->
    {ok, [{auditCapReply, {auditResult, #'AuditResult'{terminationID = Tid, terminationAuditResult = [pkgs()]}}}], S};
command({serviceChangeReq, #'ServiceChangeRequest'{terminationID = [Tid], serviceChangeParms = P}}, _, S) ->
    T = tname(Tid),
    S1 = case {T, P#'ServiceChangeParm'.serviceChangeMethod, P#'ServiceChangeParm'.serviceChangeMgcId} of
        {"ROOT", handOff, Mid} when Mid =/= asn1_NOVALUE ->
            log(#{event => "handoff", mgc_id => mid_str(Mid)}),
            erlang:send_after(50, self(), {handoff, Mid}), S;
        {_, M, _} when M =:= forced; M =:= graceful -> svc(T, outOfSvc, S);
        {_, restart, _} -> svc(T, inSvc, S);
        _ -> S
    end,
    {ok, [{serviceChangeReply, #'ServiceChangeReply'{terminationID = [Tid],
            serviceChangeResult = {serviceChangeResParms, #'ServiceChangeResParm'{}}}}], S1};
command(_, _, S) -> {error, 443, S}.

svc(T, St, S) -> case maps:find(T, S#s.terms) of {ok, V} -> upd(T, V#{svc => St}, S); error -> S end.

each(Ts, F, S) -> each(Ts, F, [], S).
each([], _, Acc, S) -> {ok, Acc, S};
each([T | R], F, Acc, S) ->
    case F(T, S) of {ok, L, S1} -> each(R, F, Acc ++ L, S1); {error, C, S1} -> {error, C, S1} end.

descs(T, Ds, Tag, S, Orig) ->
    case lists:foldl(fun(_, {error, _} = E) -> E;
                        (D, {ok, Sx}) -> case apply_desc(T, D, Sx) of {ok, Sy} -> {ok, Sy}; E -> E end end, {ok, S}, order(Ds)) of
        {ok, S1} ->
            Aud = case lists:keyfind(auditDescriptor, 1, Ds) of
                {_, #'AuditDescriptor'{auditToken = Ts}} when is_list(Ts), Ts =/= [] -> audit(T, #'AuditDescriptor'{auditToken = Ts}, S1);
                _ -> local_reply(T, Ds, S1) end,
            {ok, [{Tag, #'AmmsReply'{terminationID = [megaco_peer:tid(T, S1#s.enc)],
                    terminationAudit = case Aud of [] -> asn1_NOVALUE; _ -> Aud end}}], S1};
        {error, Code} -> {error, Code, Orig}
    end.
order(Ds) -> [D || {digitMapDescriptor, _} = D <- Ds] ++ [D || {K, _} = D <- Ds, K =/= digitMapDescriptor, K =/= eventsDescriptor] ++ [D || {eventsDescriptor, _} = D <- Ds].

local_reply(T, Ds, S) ->
    case {maps:get(T, S#s.terms), lists:keymember(mediaDescriptor, 1, Ds)} of
        {#{eph := _, local := L}, true} when L =/= [] ->
            SP = #'StreamParms'{localDescriptor = #'LocalRemoteDescriptor'{propGrps = [megaco_peer:sdp_props(L)]}},
            [{mediaDescriptor, #'MediaDescriptor'{streams = {multiStream, [#'StreamDescriptor'{streamID = 1, streamParms = SP}]}}}];
        _ -> []
    end.

apply_desc(T, {mediaDescriptor, #'MediaDescriptor'{streams = Str, termStateDescr = TS}}, S) ->
    V0 = maps:get(T, S#s.terms),
    V = case TS of #'TerminationStateDescriptor'{serviceState = X} when X =/= asn1_NOVALUE -> V0#{svc => X}; _ -> V0 end,
    SPs = case Str of {oneStream, SP} -> [SP]; {multiStream, L} -> [D#'StreamDescriptor'.streamParms || D <- L]; _ -> [] end,
    {ok, upd(T, lists:foldl(fun(SP, Vx) -> stream(SP, Vx, S) end, V, SPs), S)};
apply_desc(T, {signalsDescriptor, Sigs}, S) ->
    V = maps:get(T, S#s.terms),
    Names = [G#'Signal'.signalName || {signal, G} <- Sigs] ++
            [G#'Signal'.signalName || {seqSigList, Q} <- Sigs, G <- Q#'SeqSigList'.signalList],
    case [N || N <- Names, not known_pkg(N)] of
        [] -> log(#{event => "signals", term => T, signals => {list, Names}}), {ok, upd(T, V#{signals => Names}, S)};
        _ -> {error, 440}
    end;
apply_desc(T, {digitMapDescriptor, #'DigitMapDescriptor'{digitMapName = N, digitMapValue = DV}}, S) ->
    K = {T, string:lowercase(N)},
    {ok, case DV of asn1_NOVALUE -> S#s{dms = maps:remove(K, S#s.dms)}; _ -> S#s{dms = (S#s.dms)#{K => DV}} end};
apply_desc(T, {eventsDescriptor, #'EventsDescriptor'{requestID = asn1_NOVALUE}}, S) ->
    V = maps:get(T, S#s.terms), {ok, stop_collector(T, upd(T, V#{events => none}, S))};
apply_desc(T, {eventsDescriptor, #'EventsDescriptor'{requestID = Rid, eventList = Evs}}, S) ->
    V = maps:get(T, S#s.terms),
    Hook = maps:get(hook, V),
    Clash = fun(E) -> case {E#'RequestedEvent'.pkgdName, Hook} of {"al/of", off} -> true; {"al/on", on} -> true; _ -> false end end,
    Fail = [E || E <- Evs, Clash(E), strict(E) =:= "failwrong"],
    Bad = [E || E <- Evs, not known_pkg(E#'RequestedEvent'.pkgdName)],
    if
        Fail =/= [] -> {error, 540};
        Bad =/= [] -> {error, 440};
        true ->
            S1 = stop_collector(T, upd(T, V#{events => {Rid, Evs}}, S)),
            [self() ! {notify, T, E#'RequestedEvent'.pkgdName, [{"init", "on"}]} || E <- Evs, Clash(E), strict(E) =:= "state"],
            S2 = case [Mit || #'RequestedEvent'{pkgdName = "it/ito", evParList = Ps} <- Evs, Mit <- [par("mit", Ps)]] of
                [Mit | _] when T =:= "ROOT", Mit =/= none -> S1#s{it = list_to_integer(Mit) * 10, it_req = Rid};
                _ when T =:= "ROOT" -> S1#s{it = off};
                _ -> S1 end,
            start_collector(T, Rid, Evs, S2)
    end;
apply_desc(_, _, S) -> {ok, S}.

strict(#'RequestedEvent'{evParList = Ps}) -> case par("strict", Ps) of none -> "exact"; X -> string:lowercase(X) end.
par(N, Ps) when is_list(Ps) ->
    case [megaco_peer:unwrap(X, V) || #'EventParameter'{eventParameterName = X, value = [V | _]} <- Ps, X =:= N] of [V | _] -> V; [] -> none end;
par(_, _) -> none.
known_pkg("*/*") -> true;
known_pkg(N) -> [P | _] = string:split(N, "/"), lists:member(P, ?PKGS).

stream(#'StreamParms'{localControlDescriptor = LC, localDescriptor = L, remoteDescriptor = R}, V, S) ->
    V1 = case LC of #'LocalControlDescriptor'{streamMode = M} when M =/= asn1_NOVALUE -> V#{mode => M}; _ -> V end,
    V2 = case {L, V1} of
        {#'LocalRemoteDescriptor'{}, #{eph := Port}} ->
            IP = maps:get(rtpip, S#s.opt),
            V1#{local => [fill(X, IP, Port) || X <- megaco_peer:sdp_lines(L)]};
        _ -> V1 end,
    case R of #'LocalRemoteDescriptor'{} -> V2#{remote => megaco_peer:sdp_lines(R)}; _ -> V2 end.
fill("c=" ++ _ = L, IP, _) -> re:replace(L, "\\$", IP, [{return, list}]);
fill("m=" ++ _ = L, _, Port) -> re:replace(L, "\\$", integer_to_list(Port), [{return, list}]);
fill(L, _, _) -> L.

subtract(T, C, AD, S) ->
    case maps:find(T, S#s.terms) of
        {ok, #{ctx := Cx}} when Cx =/= C, C =/= ?megaco_all_context_id -> {error, 435, S};
        error -> {error, 430, S};
        {ok, V} ->
            NoStats = case AD of #'AuditDescriptor'{auditToken = X} when X =:= asn1_NOVALUE; X =:= [] -> true; _ -> false end,
            Stats = case V of #{eph := _} when not NoStats -> [stats(V)]; _ -> [] end,
            S1 = case V of
                #{eph := _} -> S#s{terms = maps:remove(T, S#s.terms)};
                _ -> stop_collector(T, upd(T, V#{ctx => 0, mode => inactive, signals => [], events => none}, S)) end,
            {ok, [{subtractReply, #'AmmsReply'{terminationID = [megaco_peer:tid(T, S#s.enc)],
                    terminationAudit = case Stats of [] -> asn1_NOVALUE; _ -> Stats end}}], S1}
    end.
stats(V) ->
    D = erlang:monotonic_time(millisecond) - maps:get(t0, V),
    {statisticsDescriptor, [#'StatisticsParameter'{statName = N, statValue = [megaco_peer:wrap(stat, X)]} ||
        {N, X} <- [{"rtp/ps", "100"}, {"rtp/pr", "100"}, {"rtp/pl", "0"}, {"rtp/jit", "0"}, {"rtp/delay", "0"},
                   {"nt/os", "16000"}, {"nt/or", "16000"}, {"nt/dur", integer_to_list(D)}]]}.

audit(T, #'AuditDescriptor'{auditToken = Toks}, S) when is_list(Toks) ->
    V = maps:get(T, S#s.terms),
    lists:append([case K of
        mediaToken -> [{mediaDescriptor, #'MediaDescriptor'{
            termStateDescr = #'TerminationStateDescriptor'{serviceState = maps:get(svc, V)},
            streams = {multiStream, [#'StreamDescriptor'{streamID = 1, streamParms = #'StreamParms'{
                localControlDescriptor = #'LocalControlDescriptor'{streamMode = maps:get(mode, V)}}}]}}}];
        eventsToken -> case maps:get(events, V) of none -> [{eventsDescriptor, #'EventsDescriptor'{requestID = asn1_NOVALUE, eventList = []}}];
                           {R, E} -> [{eventsDescriptor, #'EventsDescriptor'{requestID = R, eventList = E}}] end;
        signalsToken -> [{signalsDescriptor, [{signal, #'Signal'{signalName = N}} || N <- maps:get(signals, V)]}];
        packagesToken -> [pkgs(S#s.enc)];
        statsToken -> case V of #{eph := _} -> [stats(V)]; _ -> [] end;
        _ -> [] end || K <- Toks]);
audit(_, _, _) -> [].
pkgs() -> pkgs(any).
pkgs(Enc) -> {packagesDescriptor, [#'PackagesItem'{packageName = P, packageVersion = 1} || P <- ?PKGS,
                not (Enc =:= megaco_ber_encoder andalso P =:= "it")]}.

%%---------------------------------------------------------------- digit maps
start_collector(T, Rid, Evs, S) ->
    case [DM || #'RequestedEvent'{pkgdName = N, eventAction = #'RequestedActions'{eventDM = DM}} <- Evs,
                DM =/= asn1_NOVALUE, N =:= "dd/ce" orelse N =:= "dd/*"] of
        [] -> case [x || #'RequestedEvent'{pkgdName = "dd/ce"} <- Evs] of [] -> {ok, S}; _ -> {error, 457} end;
        [DM | _] ->
            Val = case DM of
                {digitMapValue, X} -> X;
                {digitMapName, N} -> K = string:lowercase(N),
                    maps:get({T, K}, S#s.dms, maps:get({"ROOT", K}, S#s.dms, none))
            end,
            case Val of
                none -> {error, 454};
                _ ->
                    Body = Val#'DigitMapValue'.digitMapBody,
                    D = fun(asn1_NOVALUE, X1) -> X1; (X1, _) -> X1 end,
                    Tm = {'DigitMapValue', D(Val#'DigitMapValue'.startTimer, 16), D(Val#'DigitMapValue'.shortTimer, 4),
                          D(Val#'DigitMapValue'.longTimer, 16), asn1_NOVALUE, asn1_NOVALUE},
                    Main = self(),
                    Pid = spawn(fun() ->
                        R = case megaco_digit_map:parse(Body) of
                                {ok, STL} -> megaco_digit_map:eval(STL, Tm);
                                E -> E end,
                        Main ! {dm_done, T, Rid, self(), R} end),
                    log(#{event => "digitmap-active", term => T, map => Body}),
                    {ok, S#s{collectors = (S#s.collectors)#{T => {Pid, Rid}}}}
            end
    end.
stop_collector(T, S) ->
    case maps:find(T, S#s.collectors) of
        {ok, {Pid, _}} -> exit(Pid, kill), S#s{collectors = maps:remove(T, S#s.collectors)};
        error -> S
    end.

%%================================================================ megaco_user callbacks
handle_connect(_, _) -> ok.
handle_connect(_, _, _) -> ok.
handle_disconnect(CH, _, _) -> catch megaco:cancel(CH, disconnected), ok.
handle_syntax_error(_, _, ED) -> log(#{event => "syntax-error", error => io_lib:format("~0p", [ED])}), reply.
handle_syntax_error(A, B, C, _) -> handle_syntax_error(A, B, C).
handle_message_error(_, _, ED) -> log(#{event => "message-error", error => io_lib:format("~0p", [ED])}), no_reply.
handle_message_error(A, B, C, _) -> handle_message_error(A, B, C).
handle_trans_request(CH, _, Actions) ->
    Ref = make_ref(), mg ! {req, self(), Ref, CH, Actions},
    receive {Ref, Reply} -> {discard_ack, Reply} after 5000 -> {discard_ack, err(501)} end.
handle_trans_request(CH, V, A, _) -> handle_trans_request(CH, V, A).
handle_trans_long_request(_, _, _) -> {discard_ack, err(501)}.
handle_trans_long_request(_, _, _, _) -> {discard_ack, err(501)}.
handle_trans_reply(_, _, Res, Data) -> mg ! {cast_result, Data, Res}, ok.
handle_trans_reply(CH, V, Res, Data, _) -> handle_trans_reply(CH, V, Res, Data).
handle_trans_ack(_, _, _, _) -> ok.
handle_trans_ack(_, _, _, _, _) -> ok.
handle_unexpected_trans(_, _, T) -> log(#{event => "unexpected-trans", trans => io_lib:format("~0p", [T])}), ok.
handle_unexpected_trans(A, B, C, _) -> handle_unexpected_trans(A, B, C).
handle_trans_request_abort(_, _, _, _) -> ok.
handle_trans_request_abort(_, _, _, _, _) -> ok.
