//! What is drawn of waits that are made by hand.

use loopscope_shared::kernel::EpollEvent;

use super::super::made::Made;
use super::*;

fn sets_of(wait: &Wait) -> &Sets {
    match &wait.answer {
        Answer::Sets(sets) => sets,
        _ => panic!("{} has no sets", wait.name),
    }
}

#[test]
fn select_takes_its_bits_down_and_brings_them_back_overwritten() {
    let mut made = Made::new("select");
    for fd in [5, 6, 7] {
        made.accepted(fd);
    }
    made.select_enter(&[3, 5, 6, 7], &[6]);
    let wait = made.stage().wait.unwrap();
    assert_eq!((wait.phase, wait.down_bytes, wait.up_bytes), (Phase::Open, 24, None));
    assert_eq!(wait.title, "select(8, …, NULL)");
    let sets = sets_of(&wait);
    assert_eq!((sets.nfds, sets.set_bytes, sets.found), (8, 8, None));
    assert_eq!((sets.rows[0].asked.as_slice(), &sets.rows[0].back), ([3, 5, 6, 7].as_slice(), &None));
    assert!(sets.rows[0].cleared().is_empty(), "nothing is overwritten before the call returns");
    assert_eq!(wait.asks().get(&Fd(6)), Some(&(Mask::IN | Mask::OUT)));

    made.select_exit(&[3, 7], &[6]);
    let wait = made.stage().wait.unwrap();
    assert_eq!((wait.phase, wait.up_bytes), (Phase::Returned, Some(24)));
    assert_eq!(wait.title, "select(8, …, NULL) = 3");
    let sets = sets_of(&wait);
    assert_eq!((sets.asked(), sets.back()), (vec![3, 5, 6, 7], vec![3, 6, 7]));
    assert_eq!(sets.found, Some(3));
    assert_eq!(sets.rows[0].back.as_deref(), Some([3, 7].as_slice()));
    assert_eq!(sets.rows[0].cleared(), [5, 6]);
    assert_eq!(sets.rows[1].back.as_deref(), Some([6].as_slice()));
    assert_eq!(wait.ready(), [Fd(3), Fd(6), Fd(7)]);
    assert_eq!(wait.asks().get(&Fd(6)), None, "the kernel keeps nothing of the question");
    assert_eq!(wait.answer_for(Fd(5)), Some((Mask::empty(), Some(Mask::IN))));
    assert_eq!(wait.answer_for(Fd(4)), None);
}

#[test]
fn the_answer_stays_in_hand_while_the_program_works_through_it() {
    let mut made = Made::new("select");
    made.accepted(4);
    made.arrived(4, b"a\n");
    made.select_enter(&[3, 4], &[]);
    made.select_exit(&[4], &[]);
    made.recv(4, Ok(b"a\n"));
    let wait = made.stage().wait.unwrap();
    assert_eq!(wait.phase, Phase::InHand);
    assert_eq!(wait.ready(), [Fd(4)]);
    made.select_enter(&[3, 4], &[]);
    assert_eq!(made.stage().wait.unwrap().phase, Phase::Open);
}

#[test]
fn a_failed_select_brings_no_sets_back() {
    let mut made = Made::new("select");
    made.select_enter(&[3], &[]);
    made.exit(Err(Errno::EINTR), &[]);
    let wait = made.stage().wait.unwrap();
    assert_eq!(sets_of(&wait).found, None);
    assert!(wait.title.ends_with("= EINTR"), "{}", wait.title);
    let says = made.stage().says;
    assert!(says.starts_with("select failed with EINTR"), "{says}");
}

#[test]
fn epoll_wait_takes_nothing_down_and_brings_up_only_what_is_ready() {
    let mut made = Made::new("epoll");
    made.epoll(4);
    made.accepted(5);
    made.watch(4, 5, Mask::IN);
    made.wait_enter(4);
    let wait = made.stage().wait.unwrap();
    assert_eq!((wait.down_bytes, wait.up_bytes), (0, None));
    assert_eq!(wait.answer, Answer::Slip(Slip { changes: Vec::new(), tokens: None }));
    made.wait_exit(&[(5, Mask::IN)]);
    let wait = made.stage().wait.unwrap();
    assert_eq!(wait.up_bytes, Some(EpollEvent::SIZE));
    let Answer::Slip(Slip { tokens: Some(tokens), .. }) = &wait.answer else { panic!("no tokens") };
    assert_eq!(tokens.iter().map(Token::text).collect::<Vec<_>>(), ["5:IN"]);
}
