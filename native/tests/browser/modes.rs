//! Compare, Scale and the scenario editor: what they show, by mouse and by keys, wide and narrow, in both languages.

use fantoccini::key::Key;

use crate::hosts::StaticHost;
use crate::page::Page;

/// The field of the latency in the editor.
const LATENCY: &str = "[id='edit-network.latency_us']";

async fn page(hash: &str) -> Page {
    let host = StaticHost::start().await;
    Page::open(&format!("{}{hash}", host.page)).await
}

/// Nothing lies beyond the right edge of a narrow window, in either language.
async fn is_narrow_in_both_languages(page: &Page) {
    page.resize(360, 800).await;
    for _ in 0..2 {
        let width: u32 = page.value("document.scrollingElement.scrollWidth").await;
        assert!(width <= 360, "the page is {width} px wide");
        let before: String = page.value("document.documentElement.lang").await;
        page.click("language").await;
        page.until("another language is spoken", &format!("document.documentElement.lang !== '{before}'"))
            .await;
    }
    page.resize(1440, 900).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn compared_runs_are_in_step_by_whatever_is_chosen() {
    let page = page("#/v1/compare/select?scenario=many-idle&with=epoll").await;
    page.until("there are two columns", "$$('.compare-column').length === 2").await;
    page.choose("pace", "line").await;
    page.press(Key::Right).await;
    page.press(Key::Right).await;
    page.until("two lines are answered", "$('.compare').dataset.at === '2'").await;
    let lines = "$$('.compare-figures tbody tr:first-child td .value').map(one => one.textContent)";
    assert_eq!(page.value::<Vec<String>>(lines).await, ["2", "2"]);
    let verdicts = "$$('.compare-figures tbody .verdict').map(one => one.textContent).join(' ')";
    let verdicts: String = page.value(verdicts).await;
    assert!(verdicts.contains("best") && verdicts.contains("worst"), "{verdicts}");
    page.until("the link says it", "location.hash.includes('by=line') && location.hash.includes('at=2')")
        .await;
    page.choose("pace", "event").await;
    page.press(Key::Home).await;
    page.press(Key::Right).await;
    page.until("each has one event", "$$('.compare-column').every(one => one.dataset.seq === '1')").await;
    page.press(Key::End).await;
    page.until("both are over", "$$('.compare-over').length >= 1").await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scenario_opens_where_something_is_seen_and_another_server_is_at_the_same_time() {
    let page = page("#/v2/simulate/select").await;
    page.choose("scenario", "starvation").await;
    page.until("its sentence offers the server for it", "$('#best-seen')").await;
    page.click("best-seen").await;
    page.until("that runs", "app.dataset.program === 'epoll-et' && app.dataset.ready === 'true'").await;
    assert!(page.value::<bool>("!$('#best-seen') && Number(app.dataset.seq) > 1000").await);
    page.choose("scenario", "many-idle").await;
    let time = "$('.position').textContent.split('·')[1].trim()";
    page.until("it is in the middle of it", &format!("parseFloat({time}) > 6 && {time}.endsWith('ms')"))
        .await;
    page.choose("program", "select").await;
    page.until("another runs", "app.dataset.program === 'select' && app.dataset.ready === 'true'").await;
    page.until("at the same time", &format!("parseFloat({time}) > 6 && {time}.endsWith('ms')")).await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_connections_are_compared_by_one_button() {
    let page = page("#/v2/simulate/select").await;
    page.click("mode-compare").await;
    page.click("compare-crowd").await;
    page.until("both are there", "$$('.compare-column').every(one => Number(one.dataset.seq) > 5000)").await;
    assert!(page.value::<bool>("!$('#compare-crowd') && $('.compare-lesson').textContent.length > 40").await);
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_are_added_to_a_comparison_and_taken_out() {
    let page = page("#/v1/simulate/select?scenario=many-idle").await;
    page.click("mode-compare").await;
    page.until("another server is there", "$$('.compare-column').length === 2").await;
    page.click("compare-add").await;
    page.click("compare-add").await;
    page.until("there are four", "$$('.compare-column').length === 4").await;
    assert!(page.value::<bool>("$('#compare-add').disabled").await, "four are the most");
    page.until_ready().await;
    is_narrow_in_both_languages(&page).await;
    let address = page.address().await;
    let again = Page::open(&address).await;
    again.until("a link brings all of them", "$$('.compare-column').length === 4").await;
    again.close().await;
    assert!(page.value::<bool>("($('.compare-column:nth-child(3) .quiet').click(), true)").await);
    page.until("there are three", "$$('.compare-column').length === 3").await;
    assert!(page.value::<bool>("($('.compare-column:nth-child(2) .alone').click(), true)").await);
    page.until("it is seen alone", "app.dataset.source === 'simulate' && app.dataset.program !== 'select'")
        .await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn costs_are_computed_shown_and_saved() {
    let page = page("#/v1/scale?servers=select,epoll&cost=scanned").await;
    page.until("some points are there", "Number($('.scale-progress').dataset.missing) < 20").await;
    page.click("scale-stop").await;
    page.until("it is stopped", "$('#scale-compute')").await;
    page.click("scale-compute").await;
    page.until("all are there", "$('.scale-progress').dataset.missing === '0'").await;
    let dots = |server: &str| format!("$$('[data-curve=\"{server}\"] .dot').length");
    let (select, epoll): (u32, u32) = (page.value(&dots("select")).await, page.value(&dots("epoll")).await);
    assert!(select < epoll, "select ends at its sets: {select} of {epoll}");
    assert!(page.value::<bool>("$('.scale-notes').textContent.includes('select')").await);
    // The keys of the slider belong to it.
    let read: String = page.value("$('.scale-read output').textContent").await;
    page.type_into("#scale-at", &char::from(Key::Left).to_string()).await;
    page.until("it reads off elsewhere", &format!("$('.scale-read output').textContent !== {read:?}")).await;
    let cells: u32 = page.value("$$('.scale-table td').length").await;
    assert_eq!(cells, 26, "the table has all points");
    for (id, begins) in [("scale-svg", "data:image/svg+xml"), ("scale-csv", "data:text/csv")] {
        assert!(page.value::<bool>(&format!("$('#{id}').href.startsWith('{begins}')")).await, "{id}");
    }
    page.choose("scale-cost", "calls").await;
    page.until("the link says it", "location.hash.includes('cost=calls')").await;
    assert!(
        page.value::<bool>("$('.scale-progress').dataset.missing === '0'").await,
        "nothing is computed twice"
    );
    is_narrow_in_both_languages(&page).await;
    page.close().await;
}

/// What `loopscope scale` writes, of a machine that there is not.
const MEASURED: &str = "# loopscope scale 0.1.0\n# machine: Linux of nowhere\n# rounds: 3\n\
                        server,talk,connections,lines,cpu_ns,calls,scanned,bytes,p99_ns\n\
                        select,one,1000,100,50000000,300,101000,90000,900000\n";

#[tokio::test(flavor = "multi_thread")]
async fn measured_points_are_laid_over_the_curves() {
    let folder = std::env::temp_dir().join(format!("loopscope-measured-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let page = page("#/v1/scale?servers=select,epoll").await;
    page.type_into("#scale-measured", &file("foreign.csv", "a,b\n1,2\n")).await;
    page.until("what is none of ours is told", "$('.scale-notes [role=alert]')").await;
    page.type_into("#scale-measured", &file("measured.csv", MEASURED)).await;
    page.until("the point is there", "$$('[data-curve=select] .measured').length === 1").await;
    let notes: String = page.value("$('.scale-notes').textContent").await;
    assert!(notes.contains("Linux of nowhere") && notes.contains('3'), "{notes}");
    assert!(page.value::<bool>("!$('.scale-notes [role=alert]')").await);
    assert!(page.value::<bool>("$('.scale-read output').textContent.includes('500')").await, "500 µs a line");
    page.close().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_scenario_makes_a_branch_and_travels_in_its_link() {
    let page = page("#/v1/simulate/epoll?scenario=many-idle").await;
    page.click("last").await;
    page.click("edit").await;
    page.until("the editor is open", "$('#editor')").await;
    is_narrow_in_both_languages(&page).await;
    page.type_over(LATENCY, "soon").await;
    page.until("what is wrong is said", "$('.editor-faults') && $('#editor-apply').disabled").await;
    let typed: String = page.value(&format!("$(\"{LATENCY}\").value")).await;
    assert_eq!(typed, "soon", "nothing that was typed is lost");
    page.click("language").await;
    page.until("another language is spoken", "document.documentElement.lang !== 'en'").await;
    let typed: String = page.value(&format!("$(\"{LATENCY}\").value")).await;
    assert_eq!(typed, "soon", "nor by another language");
    page.click("language").await;
    page.type_over(LATENCY, "70000").await;
    page.until("it is right", "!$('.editor-faults') && !$('#editor-apply').disabled").await;
    page.click("editor-apply").await;
    page.until("the one before stays beside it", "$$('.branch').length === 1").await;
    page.until("the link says it", "location.hash.includes('s=')").await;
    let address = page.address().await;
    let again = Page::open(&address).await;
    again.until("it is the changed one", "$('.editor-changed')").await;
    again.until("with its branch", "$$('.branch').length === 1").await;
    again.close().await;
    page.click("branches-compare").await;
    page.until("both are compared", "$$('.compare-column').length === 2").await;
    page.close().await;
}
